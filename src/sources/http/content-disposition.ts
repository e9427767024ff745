import { percentDecoded, safeFileName } from "../file-name.ts";

/** `; name=value` or `; name="value"`, where a backslash quotes a character. */
const PARAMETER = /;\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g;

/**
 * The file name in a `Content-Disposition` header (RFC 6266), made safe; `filename*`, which tells its encoding, goes
 * first.
 */
export function nameInDisposition(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, plain] of header.matchAll(PARAMETER)) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "");
  }
  const extended = parameters.get("filename*");
  const decoded = extended === undefined ? undefined : decodeExtended(extended);
  return safeFileName(decoded ?? "") ?? safeFileName(readAsUtf8(parameters.get("filename") ?? ""));
}

/** `UTF-8''na%C3%AFve.csv` (RFC 8187). */
function decodeExtended(value: string): string | undefined {
  const match = /^([\w-]+)'[^']*'(.*)$/.exec(value);
  if (match === null) return undefined;
  const [, charset = "", text = ""] = match;
  if (charset.toLowerCase() === "utf-8") return percentDecoded(text);
  if (charset.toLowerCase() !== "iso-8859-1") return undefined;
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Many servers send UTF-8 where Latin-1 is meant, which is how Node.js reads headers. */
function readAsUtf8(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  const utf8 = bytes.toString("utf8");
  return utf8.includes("\ufffd") ? text : utf8;
}
