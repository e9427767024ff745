import { join } from "node:path";
import type { SubjectModule } from "../conformance/rig.ts";

/** SQLite for the conformance suite: one file per folder. */
export const placeOf: SubjectModule["placeOf"] = (folder) => ({
  place: { file: join(folder, "state", "headrace.db") },
  projectName: "conformance",
});
