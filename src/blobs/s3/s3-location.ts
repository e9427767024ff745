import { HeadraceError } from "../../errors.ts";

/**
 * The place where blobs lie, as far as the user says it; what is undefined is left to the AWS SDK's own configuration.
 */
export interface S3Location {
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly pathStyle: boolean;
  readonly cacheBytes: number | undefined;
  /** For messages: never holds a credential. */
  readonly shown: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const PARAMETERS = ["endpoint", "region", "path-style", "cache"] as const;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i;
const SIZE = /^(\d+(?:\.\d+)?) ?(B|[kMGT]B|[KMGT]iB)$/;
const UNITS = ["B", "kB", "MB", "GB", "TB"];
const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&path-style=…&cache=50GB`. The environment fills in what the address
 * leaves out.
 */
export function parseS3Url(url: string, env: Environment): S3Location {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "s3:" || parsed.hash !== "")
    throw wrong(withoutUser(url), "is no address of the form s3://bucket/prefix");
  if (parsed.username !== "" || parsed.password !== "") throw credentialsInAddress(withoutUser(url));
  const bucket = parsed.host;
  if (!BUCKET.test(bucket)) throw wrong(url, `names no bucket that can be: ${JSON.stringify(bucket)}`);
  for (const name of parsed.searchParams.keys()) {
    if (!PARAMETERS.some((known) => known === name))
      throw wrong(url, `has the unknown parameter ${name}; known are ${PARAMETERS.join(", ")}`);
  }
  const given = (name: (typeof PARAMETERS)[number]): string | undefined => parsed.searchParams.get(name) || undefined;
  const endpoint = checkedEndpoint(given("endpoint") ?? (env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined));
  const path = prefixOf(url, parsed.pathname);
  return {
    bucket,
    prefix: path === "" ? "" : `${path}/`,
    endpoint,
    region: given("region") ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined),
    // Amazon's own servers want the bucket in the host name; few of the others can do that, since it asks for a
    // wildcard in the DNS.
    pathStyle: booleanOf(url, given("path-style")) ?? endpoint !== undefined,
    cacheBytes: sizeOf(url, given("cache")),
    shown: `s3://${bucket}${path === "" ? "" : `/${path}`}${endpoint === undefined ? "" : ` at ${endpoint}`}`,
  };
}

function prefixOf(url: string, pathname: string): string {
  try {
    return decodeURIComponent(pathname)
      .split("/")
      .filter((part) => part !== "")
      .join("/");
  } catch {
    throw wrong(url, "has a % that begins no escape");
  }
}

function checkedEndpoint(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  const parsed = URL.parse(endpoint);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw wrong(withoutUser(endpoint), "is no endpoint of the form https://host:port");
  if (parsed.username !== "" || parsed.password !== "") throw credentialsInAddress(withoutUser(endpoint));
  return endpoint.replace(/\/+$/, "");
}

function booleanOf(url: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === "true" || text === "false") return text === "true";
  throw wrong(url, `has path-style=${text}; it is true or false`);
}

function sizeOf(url: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number = "", unit = ""] = SIZE.exec(text) ?? [];
  const power = UNITS.indexOf(unit);
  const bytes = Number(number) * (power >= 0 ? 1000 ** power : 1024 ** BINARY_UNITS.indexOf(unit));
  if (number === "" || !(bytes >= 1)) throw wrong(url, `has cache=${text}; it is a size such as 50GB or 200GiB`);
  return Math.floor(bytes);
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, "//");
}

function wrong(what: string, is: string): HeadraceError {
  return new HeadraceError("HR_BLOBS_UNAVAILABLE", `the blob store ${what} ${is}`, {
    hint: ["mend HEADRACE_BLOBS or AWS_ENDPOINT_URL_S3; ", { do: "read-manual", page: "s3" }, " shows their forms"],
  });
}

function credentialsInAddress(shown: string): HeadraceError {
  return new HeadraceError("HR_BLOBS_UNAVAILABLE", `the address of the blob store ${shown} holds credentials`, {
    hint: "leave them out and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
  });
}
