import type * as Sdk from "@aws-sdk/client-s3";
import { loadOptional } from "../../load-optional.ts";
import { refuseForeignAnswers } from "./foreign-answer.ts";
import { PatientRetries } from "./patient-retries.ts";
import type { Environment, S3Location } from "./s3-location.ts";

export interface S3Timeouts {
  readonly connectMs: number;
  /** A connection may be silent for so long, in the middle of an answer too. */
  readonly idleMs: number;
  /** Time for which failing requests are tried again. */
  readonly patienceMs: number;
}

export const DEFAULT_TIMEOUTS: S3Timeouts = { connectMs: 10_000, idleMs: 30_000, patienceMs: 60_000 };

export interface S3Connection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  readonly retries: PatientRetries;
}

export const MOST_REQUESTS = 64;
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Loads the SDK (0.15 s) and makes its client; speaks to nobody yet. */
export async function connect(location: S3Location, env: Environment, timeouts: S3Timeouts): Promise<S3Connection> {
  const sdk = await loadOptional<typeof Sdk>("@aws-sdk/client-s3", "storing files in S3");
  const retries = new PatientRetries({ patienceMs: timeouts.patienceMs });
  // Requests are counted by us; bodies that are read slowly must not keep others from a socket.
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
  const credentials = credentialsOf(env);
  const client = new sdk.S3Client({
    region: location.region ?? "us-east-1",
    // Amazon says where a bucket is; the others do not ask.
    followRegionRedirects: location.region === undefined,
    forcePathStyle: location.pathStyle,
    ...(location.endpoint === undefined ? {} : { endpoint: location.endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    retryStrategy: retries,
    // Ours are SHA-256 and given with each request; the SDK's own CRC in trailers is beyond many servers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // It opens a new connection for each part, and a server that does not know it delays each part by six seconds.
    expectContinueHeader: false,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      socketTimeout: timeouts.idleMs,
      httpAgent: agent,
      httpsAgent: agent,
      logger: SILENT,
    },
  });
  signKnownHash(client);
  refuseForeignAnswers(client);
  return { sdk, client, retries };
}

/** Undefined leaves it to the SDK's chain: profiles, single sign-on, roles of containers and machines. */
function credentialsOf(
  env: Environment,
): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  const token = AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {};
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, ...token };
}

/** Returns the secrets that no message may hold. */
export function secretsOf(env: Environment): readonly string[] {
  return [env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN].filter(
    (text) => text !== undefined && text !== "",
  ) as string[];
}

/**
 * The body's SHA-256, known already, becomes part of the signature too: every S3 server checks that, also one that has
 * never heard of x-amz-checksum-sha256. Otherwise the signer would hash each body once more, on the main thread.
 */
function signKnownHash(client: Sdk.S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      const checksum = headers["x-amz-checksum-sha256"];
      if (checksum !== undefined) headers["x-amz-content-sha256"] = Buffer.from(checksum, "base64").toString("hex");
      return next(args);
    },
    { step: "build", name: "signKnownHash", priority: "low" },
  );
}
