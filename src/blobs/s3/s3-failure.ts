import { HeadraceError } from "../../errors.ts";

interface Diagnosis {
  readonly what: string;
  readonly hint: string;
}

const RIGHTS = "s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload";
const TRY_LATER =
  "check that the server is up and that the address is right, then run again; what was stored before is intact";
const CHECK_ACCESS = `check the credentials and that they grant ${RIGHTS} on the bucket`;
const CHECK_REGION = "set AWS_REGION to the bucket's region";
const CHECK_ADDRESS = "check that the endpoint is an S3 server's, and neither a console's nor a proxy's";
const CHECK_CERTIFICATE = "let NODE_EXTRA_CA_CERTS name a file with the certificate of the authority that signed it";

const BY_CODE: Readonly<Record<string, Diagnosis>> = {
  ECONNREFUSED: { what: "the connection was refused", hint: TRY_LATER },
  ECONNRESET: { what: "the connection broke", hint: TRY_LATER },
  EPIPE: { what: "the connection broke", hint: TRY_LATER },
  ETIMEDOUT: { what: "the server did not answer in time", hint: TRY_LATER },
  ENOTFOUND: { what: "there is no host of that name", hint: TRY_LATER },
  EAI_AGAIN: { what: "the name of the host cannot be looked up", hint: TRY_LATER },
  EHOSTUNREACH: { what: "the host cannot be reached", hint: TRY_LATER },
  ENETUNREACH: { what: "the network cannot be reached", hint: TRY_LATER },
  EPROTO: {
    what: "the server speaks no TLS",
    hint: "write http:// in place of https:// in the endpoint, or give the server a certificate",
  },
  HPE_INVALID_CONSTANT: {
    what: "the server speaks no HTTP",
    hint: "write https:// in place of http:// in the endpoint, or check its port",
  },
};

const BY_NAME: Readonly<Record<string, Diagnosis>> = {
  TimeoutError: { what: "the server did not answer in time", hint: TRY_LATER },
  NoSuchBucket: { what: "the bucket does not exist", hint: "create the bucket, or mend its name" },
  CredentialsProviderError: {
    what: "no credentials were found",
    hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role",
  },
  RequestTimeTooSkewed: { what: "this machine's clock is too far from the server's", hint: "set the clock right" },
  PermanentRedirect: { what: "the bucket is in another region", hint: CHECK_REGION },
  AuthorizationHeaderMalformed: { what: "the bucket is in another region", hint: CHECK_REGION },
  IllegalLocationConstraintException: { what: "the bucket is in another region", hint: CHECK_REGION },
  ExpiredToken: { what: "the credentials have expired", hint: "get new ones, and run again" },
};

const NO_SPACE = /^(?:InsufficientStorage|QuotaExceeded|XMinioStorageFull|ServiceQuotaExceeded|EntityTooLarge)$/;
/** Said with 400, 401, 403 or 404 by one server or another. */
const DENIED =
  /^(?:AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|AccountProblem|AllAccessDisabled|XAdminUserNotFound)$/;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/** The fields that the SDK's errors have besides a name and a message. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * An error of the SDK in words: `doing` is what was tried ("store abc…"), `where` the store. Anything that is not about
 * the store stays as it is. The cause keeps name and message only: the SDK's own objects hold the signed request.
 */
export function s3Failure(error: unknown, doing: string, where: string, secrets: readonly string[]): unknown {
  if (!isSdkError(error)) return error;
  const { what, hint } = diagnose(error);
  const clean = (text: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
  return new HeadraceError("HR_BLOBS_UNAVAILABLE", clean(`cannot ${doing} in ${where}: ${what}`), {
    hint,
    cause: new Error(clean(`${error.name}: ${error.message}`)),
  });
}

/** 404, by whichever name a server says it; not a missing bucket. */
export function isNoSuchKey(error: unknown): boolean {
  if (!isSdkError(error) || error.name === "NoSuchBucket") return false;
  return error.name === "NoSuchKey" || error.name === "NotFound" || error.$metadata?.httpStatusCode === 404;
}

/** The range begins behind the end of the object. */
export function isBeyondEnd(error: unknown): boolean {
  return isSdkError(error) && (error.name === "InvalidRange" || error.$metadata?.httpStatusCode === 416);
}

/** A body that broke off and may be had whole the next time. */
export function isBrokenConnection(error: unknown): boolean {
  return isSdkError(error) && (error.name === "TimeoutError" || (codeOf(error) ?? "") in BY_CODE);
}

function isSdkError(error: unknown): error is SdkError {
  if (!(error instanceof Error) || error instanceof HeadraceError || error.name === "AbortError") return false;
  const code = codeOf(error) ?? "";
  return "$metadata" in error || error.name in BY_NAME || code in BY_CODE || CERTIFICATE.test(code);
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function diagnose(error: SdkError): Diagnosis {
  const code = codeOf(error) ?? "";
  // The code first: the SDK calls a broken connection a TimeoutError.
  const known = BY_CODE[code] ?? BY_NAME[error.name];
  if (known !== undefined) return known;
  if (CERTIFICATE.test(code))
    return { what: `the server's certificate is not trusted (${code})`, hint: CHECK_CERTIFICATE };
  const status = error.$metadata?.httpStatusCode;
  if (NO_SPACE.test(error.name) || status === 507) {
    return {
      what: `the server has no space left (${error.name})`,
      hint: "make room there, then run again; what was stored before is intact",
    };
  }
  if (status === undefined) return { what: oneLine(error.message), hint: TRY_LATER };
  if (error instanceof SyntaxError || /deserializ|is not expected/i.test(error.message)) {
    return { what: `the answer (status ${status}) is not S3's`, hint: CHECK_ADDRESS };
  }
  const isDenied = status === 401 || status === 403 || DENIED.test(error.name);
  return {
    what: `${isDenied ? "access was denied" : `the server answered ${status}`}${inBrackets(error)}`,
    hint: isDenied ? CHECK_ACCESS : hintOf(status),
  };
}

function hintOf(status: number): string {
  if (status === 301 || status === 307) return CHECK_REGION;
  return status === 404 || status === 405 ? CHECK_ADDRESS : TRY_LATER;
}

/** The server's own words, which an answer to HEAD has none of: the SDK then makes names of its own. */
function inBrackets(error: Error): string {
  const name = /^(?:\d+|Unknown|UnknownError|Error)$/.test(error.name) ? "" : error.name;
  const message = /^UnknownError$/.test(error.message) || error.message === name ? "" : oneLine(error.message);
  const words = [name, message].filter((word) => word !== "").join(": ");
  return words === "" ? "" : ` (${words})`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
