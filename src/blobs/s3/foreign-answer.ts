import type * as Sdk from "@aws-sdk/client-s3";

/** Requests whose answer names the stored object by its ETag: without one, nobody has stored or found anything. */
const NAMES_OBJECT: ReadonlySet<string> = new Set([
  "PutObjectCommand",
  "UploadPartCommand",
  "HeadObjectCommand",
  "GetObjectCommand",
]);

/** The answer of something that stands between, or in the place of, the server: a proxy's login page, a web site. */
class ForeignAnswer extends Error {
  /** For `PatientRetries`: may pass. The status is left out, for it says nothing of the store having been reached. */
  readonly $retryable = {};
  readonly $metadata = {};

  constructor(what: string) {
    super(what);
    this.name = "ForeignAnswer";
  }
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Takes an answer for the server's only where it has the marks of one. The SDK goes by the status alone, and a proxy
 * that answers every request with `200` and a web page for a while would have outputs counted as stored that never
 * arrived.
 */
export function refuseForeignAnswers(client: Sdk.S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const foreign = foreignness(context.commandName ?? "", result.response as Answer);
      if (foreign !== undefined) throw new ForeignAnswer(foreign);
      return result;
    },
    { step: "deserialize", name: "refuseForeignAnswers", priority: "low" },
  );
}

/** Returns the reason why an answer with a status of success is none of S3's. */
export function foreignness(command: string, { statusCode, headers }: Answer): string | undefined {
  if (statusCode < 200 || statusCode > 299) return undefined;
  const names = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const isObject = command === "GetObjectCommand" || command === "HeadObjectCommand";
  const isPage = /^text\/html\b/i.test(names.get("content-type") ?? "");
  // An object may be a web page, then told by the server's own mark.
  if (isPage && !(isObject && names.has("x-amz-request-id")))
    return `a web page came in place of an answer (status ${statusCode})`;
  if (NAMES_OBJECT.has(command) && !names.has("etag"))
    return `the answer (status ${statusCode}) lacks the ETag that S3 gives`;
  return undefined;
}
