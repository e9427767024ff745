import { programVersion } from "../../version.ts";

/** Says that a server is of another version; undefined where it is not. */
export function otherVersion(server: string, version: string): string | undefined {
  const own = programVersion();
  if (version === own) return undefined;
  return `the server ${server} is Headrace ${version}, and this is ${own}: what only one of them knows fails`;
}
