import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionFolder } from "../execution-folder.ts";
import { CHUNK_BYTES, encodeEntry } from "./log-index.ts";

/** Keeps what was said before the step's own process could start, as its log: it failed for that reason. */
export function keepLog(folder: ExecutionFolder, bytes: Uint8Array, at: number): void {
  mkdirSync(folder.logs, { recursive: true });
  writeFileSync(join(folder.logs, "stderr"), bytes);
  const entries: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES)
    entries.push(encodeEntry({ at, stream: "stderr", offset, length: Math.min(CHUNK_BYTES, bytes.length - offset) }));
  writeFileSync(join(folder.logs, "index"), Buffer.concat(entries));
}
