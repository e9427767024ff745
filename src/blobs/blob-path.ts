import { join } from "node:path";
import { assertSha256 } from "./sha256.ts";

/** `<folder>/sha256/ab/abcdef…`: 256 shelves keep a million blobs at 4,000 names a folder. */
export function blobPath(folder: string, sha256: string): string {
  return join(shelfPath(folder, sha256), sha256);
}

export function shelfPath(folder: string, sha256: string): string {
  assertSha256(sha256);
  return join(folder, "sha256", sha256.slice(0, 2));
}
