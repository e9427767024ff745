import type { DatumRecord } from "../records.ts";
import { type FileLink, type LinkedExecution, linksOf, listFilesById, listLinkedExecutions } from "./lineage.ts";
import type { ProjectScope } from "./scope.ts";

/**
 * Finds the executions that made and received files: the edges of the graph of all files, a step at a time and in no
 * order.
 */
export interface LineageRepository {
  /** The executions that made files. */
  makersOf(files: readonly string[], limit: number): Promise<readonly FileLink[]>;
  /** The executions that received files; each once for a file. */
  receiversOf(files: readonly string[], limit: number): Promise<readonly FileLink[]>;
  inputsOf(executions: readonly string[], limit: number): Promise<readonly FileLink[]>;
  outputsOf(executions: readonly string[], limit: number): Promise<readonly FileLink[]>;
  /** Those that are there. */
  files(ids: readonly string[]): Promise<readonly DatumRecord[]>;
  /** Those that are there. */
  executions(ids: readonly string[]): Promise<readonly LinkedExecution[]>;
}

export function lineageRepository({ database, project }: ProjectScope): LineageRepository {
  return {
    makersOf: (ids, limit) => linksOf(database, project, "makersOf", { ids, limit }),
    receiversOf: (ids, limit) => linksOf(database, project, "receiversOf", { ids, limit }),
    inputsOf: (ids, limit) => linksOf(database, project, "inputsOf", { ids, limit }),
    outputsOf: (ids, limit) => linksOf(database, project, "outputsOf", { ids, limit }),
    files: (ids) => listFilesById(database, project, ids),
    executions: (ids) => listLinkedExecutions(database, project, ids),
  };
}
