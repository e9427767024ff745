import { percentDecoded, safeFileName, safeFolderName } from "../file-name.ts";
import { redactUri } from "../redact-uri.ts";
import { unavailable } from "../unavailable.ts";

/** An address taken apart: what is requested, what proves who asks, and what may be shown. */
export interface WebAddress {
  /** Without credentials. */
  readonly url: URL;
  /** The header that the credentials become. */
  readonly authorization?: string;
  /** The form in which it is recorded and named in messages. */
  readonly shown: string;
}

export function parseWebAddress(uri: string): WebAddress {
  const url = URL.parse(uri);
  if (url === null || url.hostname === "") {
    throw unavailable(
      redactUri(uri),
      "it is not a valid address",
      "write https://host/path, with special characters percent-encoded",
    );
  }
  const { username, password } = url;
  const shown = redactUri(uri);
  url.username = "";
  url.password = "";
  url.hash = "";
  if (username === "" && password === "") return { url, shown };
  const pair = `${percentDecoded(username)}:${percentDecoded(password)}`;
  return { url, shown, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** The last part of an address's path as a file name. */
export function nameInPath(url: URL): string | undefined {
  return safeFileName(percentDecoded(url.pathname.split("/").at(-1) ?? ""));
}

/** The path of an address with another name at its end. */
export function fullPathIn(url: URL, name: string): string {
  const folders = url.pathname
    .split("/")
    .slice(0, -1)
    .filter((part) => part !== "");
  return [...folders.map((part) => safeFolderName(percentDecoded(part))), name].join("/");
}
