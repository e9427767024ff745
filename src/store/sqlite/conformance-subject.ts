import { join } from "node:path";
import { openStore, type Store } from "../index.ts";

/** SQLite for the conformance suite: one file per folder. */
export function openSubject(folder: string): Promise<Store> {
  return openStore({ file: join(folder, "state", "headrace.db"), projectName: "conformance" });
}
