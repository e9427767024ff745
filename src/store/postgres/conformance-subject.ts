import { basename } from "node:path";
import { openStore, type Store } from "../index.ts";

/** PostgreSQL for the conformance suite: one project per folder, all in one database, so that they must not see each other. */
export function openSubject(folder: string): Promise<Store> {
  const url = process.env.HEADRACE_TEST_POSTGRES;
  if (url === undefined) throw new Error("HEADRACE_TEST_POSTGRES is not set: the test file starts the server");
  return openStore({ url, projectName: basename(folder) });
}
