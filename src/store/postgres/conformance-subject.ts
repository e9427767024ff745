import { basename } from "node:path";
import type { SubjectModule } from "../conformance/rig.ts";

/**
 * PostgreSQL for the conformance suite: one project per folder, all in one database, so that they must not see each
 * other.
 */
export const placeOf: SubjectModule["placeOf"] = (folder) => {
  const url = process.env.HEADRACE_TEST_POSTGRES;
  if (url === undefined) throw new Error("HEADRACE_TEST_POSTGRES is not set: the test file starts the server");
  return { place: { url }, projectName: basename(folder) };
};
