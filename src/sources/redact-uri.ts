import { hash } from "node:crypto";

/**
 * Query parameters that grant access by themselves, or belong to a signature that does: in the addresses of S3, Google,
 * Azure, Alibaba and Tencent storage, of GitLab and Hugging Face, and by their plain names. They say nothing of the
 * content, and are left out.
 */
const SECRET_PARAMETER =
  /^(?:x-(?:amz|goog|oss)-.*|q-sign-.*|q-signature|awsaccesskeyid|ossaccesskeyid|googleaccessid|key-pair-id|signature|sig|hmac|token|.*[-_]token|(?:.*[-_])?(?:secret|password)|passwd|pwd|api[-_]?key|subscription-key|auth|authorization|jwt)$/i;

/**
 * Parameters that say which content is meant, or how it is to be sent, and grant nothing. The letters are those of
 * Azure's signed addresses.
 */
const HARMLESS = new Set(
  `version versionid v rev revision ref branch tag commit sha path file filename name dir folder id ids uuid doi record
  dl download raw export export_format exportformat format fmt type mime mimetype alt output encoding charset compression ext
  page per_page page_size pagesize limit offset count start end from to since until year month day date
  sort order order_by lang language locale region size width height quality
  q query keyword keywords filter where select fields columns cols table dataset database db bucket prefix delimiter sheet gid
  author authors response-content-disposition response-content-type sv sr sp se st spr si`
    .split(/\s+/)
    .filter((name) => name !== ""),
);

/** Longer values are no versions or names, but codes. */
const LONGEST_SHOWN = 200;
/** Names that stand alone are switches (`?download`), or keys. */
const LONGEST_SWITCH = 15;

/**
 * A URI as it may be recorded and shown: without user, password and signature, and with a digest in place of every
 * other value that is not known to be harmless: a key may have any name. The rest names the same content and no other,
 * so that a file that is fetched by a freshly signed address each time is still known again.
 */
export function redactUri(uri: string): string {
  const isWeb = /^https?:\/\//i.test(uri);
  const web = isWeb ? URL.parse(uri) : null;
  if (web === null) {
    const anonymous = uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1");
    return isWeb ? anonymous.replace(/\?.*$/s, "?…") : anonymous;
  }
  web.username = "";
  web.password = "";
  web.hash = "";
  const parameters = [...web.searchParams];
  // Writing the query changes its spelling, so that it is done only where it must.
  if (parameters.some((parameter) => shownName(parameter) !== parameter[0] || shownValue(parameter) !== parameter[1])) {
    const shown = parameters.flatMap((parameter): [string, string][] => {
      const text = shownValue(parameter);
      return text === undefined ? [] : [[shownName(parameter), text]];
    });
    web.search = new URLSearchParams(shown).toString();
  }
  return web.href;
}

/** Undefined for what is left out. */
function shownValue([name, value]: readonly [name: string, value: string]): string | undefined {
  if (SECRET_PARAMETER.test(name)) return undefined;
  const isHarmless = value === "" || (HARMLESS.has(name.toLowerCase()) && value.length <= LONGEST_SHOWN);
  return isHarmless || isPlain(value) ? value : digestOf(value);
}

/** A query may be nothing but a key, which is a name without a value then. */
function shownName([name, value]: readonly [name: string, value: string]): string {
  return value === "" && name.length > LONGEST_SWITCH && !HARMLESS.has(name.toLowerCase()) ? digestOf(name) : name;
}

function digestOf(text: string): string {
  return `hidden-${hash("sha256", text).slice(0, 12)}`;
}

/** Numbers and switches: too short to be a secret. */
function isPlain(value: string): boolean {
  return /^(?:\d{1,8}|true|false|yes|no|on|off|csv|json|parquet|zip|gz|tar)$/i.test(value);
}
