import type { DriftView } from "../../api/index.ts";
import type { DriftRequest } from "./drift-of-files.ts";

/** Holds a table against an earlier one; loaded when it is called. */
export async function compareTables(request: DriftRequest): Promise<DriftView> {
  const { driftOfFiles } = await import("./drift-of-files.ts");
  return await driftOfFiles(request);
}
