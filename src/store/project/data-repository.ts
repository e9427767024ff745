import type { DatumRecord, InputFileRecord } from "../records.ts";
import { addDatum, findDatumByUri, getDatum, listInputFiles, listOutputs, setInputFiles } from "./datums.ts";
import type { NewDatum } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/** Stored files, and which executions made and received them. */
export interface DataRepository {
  /** `fence`: of the execution whose output it is while that runs; a stale one is refused, as with every write of an engine. */
  add(datum: NewDatum, at: number, fence?: number): Promise<DatumRecord>;
  get(id: string): Promise<DatumRecord | undefined>;
  /** Outputs of an execution, by name. */
  listOutputs(executionId: string): Promise<readonly DatumRecord[]>;
  /** The newest datum that came from a URI with its validators, for conditional fetching. */
  findByUri(uri: string): Promise<DatumRecord | undefined>;
  setInputFiles(executionId: string, fence: number, files: readonly InputFileRecord[]): Promise<void>;
  listInputFiles(executionId: string): Promise<readonly InputFileRecord[]>;
}

export function dataRepository({ database, project, change }: ProjectScope): DataRepository {
  return {
    add: (datum, at, fence) => change((open) => addDatum(open, datum, { at, fence })),
    get: (id) => getDatum(database, project, id),
    listOutputs: (executionId) => listOutputs(database, project, executionId),
    findByUri: (uri) => findDatumByUri(database, project, uri),
    setInputFiles: (executionId, fence, files) => change((open) => setInputFiles(open, executionId, fence, files)),
    listInputFiles: (executionId) => listInputFiles(database, project, executionId),
  };
}
