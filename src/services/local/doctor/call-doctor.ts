import type { Examination } from "../../../api/index.ts";
import type { ExamineOptions } from "./examine.ts";

/**
 * Looks at everything that a run needs; nothing is changed. It is loaded when it is called: it brings the linter and
 * the databases along, and every command comes by the door that it stands in.
 */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const doctor = await import("./examine.ts");
  return await doctor.examine(options);
}
