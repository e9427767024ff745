import type { DatumRecord, InputFileRecord } from "../records.ts";
import {
  addDatum,
  addUploaded,
  countUses,
  findDatumByContent,
  findDatumByUri,
  getDatum,
  listInputFiles,
  listOutputs,
  measureFiles,
  purgeDatum,
  type StoredAmounts,
  setInputFiles,
} from "./datums.ts";
import type { NewDatum, Wish } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/** Stored files, and which executions made and received them. */
export interface DataRepository {
  /**
   * `fence`: the fence of the execution whose output it is, while that runs; a stale one is refused, as with every
   * write of an engine.
   */
  add(datum: NewDatum, at: number, fence?: number): Promise<DatumRecord>;
  get(id: string): Promise<DatumRecord | undefined>;
  /** Returns the number of files, and their size together. */
  measure(): Promise<StoredAmounts>;
  /**
   * Returns the number of executions that have received each of these files; those that none has received are left out.
   */
  countUses(ids: Iterable<string>): Promise<ReadonlyMap<string, number>>;
  /** Outputs of an execution, by name. */
  listOutputs(executionId: string): Promise<readonly DatumRecord[]>;
  /** The newest datum that came from a URI with its validators, for conditional fetching. */
  findByUri(uri: string): Promise<DatumRecord | undefined>;
  /** Files that somebody brought, all of them or none. They stay until they are purged. */
  addUploaded(files: readonly NewDatum[], wish: Wish): Promise<readonly DatumRecord[]>;
  /** The newest file of a content; none where the project has none that was not purged. */
  findByContent(sha256: string): Promise<DatumRecord | undefined>;
  /** The record stays. Throws HR_NOT_FOUND, and HR_CONFLICT while a run that has not ended may need it. */
  purge(id: string, wish: Wish): Promise<DatumRecord>;
  setInputFiles(executionId: string, fence: number, files: readonly InputFileRecord[]): Promise<void>;
  listInputFiles(executionId: string): Promise<readonly InputFileRecord[]>;
}

export function dataRepository({ database, project, change }: ProjectScope): DataRepository {
  return {
    add: (datum, at, fence) => change((open) => addDatum(open, datum, { at, fence })),
    get: (id) => getDatum(database, project, id),
    measure: () => measureFiles(database, project),
    countUses: (ids) => countUses(database, ids),
    listOutputs: (executionId) => listOutputs(database, project, executionId),
    findByUri: (uri) => findDatumByUri(database, project, uri),
    addUploaded: (files, wish) => change((open) => addUploaded(open, files, wish)),
    findByContent: (sha256) => findDatumByContent(database, project, sha256),
    purge: (id, wish) => change((open) => purgeDatum(open, id, wish)),
    setInputFiles: (executionId, fence, files) => change((open) => setInputFiles(open, executionId, fence, files)),
    listInputFiles: (executionId) => listInputFiles(database, project, executionId),
  };
}
