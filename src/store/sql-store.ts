import type { Plan, PlannedNode } from "../planning/index.ts";
import { applyChange, type Change } from "./change.ts";
import { claimNext, startExecution } from "./claim-next.ts";
import * as claims from "./claims.ts";
import type { Database } from "./database.ts";
import * as datums from "./datums.ts";
import * as engines from "./engines.ts";
import { listEvents } from "./events.ts";
import * as changes from "./execution-changes.ts";
import { joinIds } from "./execution-keys.ts";
import * as executions from "./executions.ts";
import * as fingerprints from "./fingerprints.ts";
import { SqlHousekeeping, type StoreHousekeeping } from "./housekeeping.ts";
import { SqlLists, type StoreLists } from "./lists.ts";
import * as metadata from "./metadata.ts";
import * as nodes from "./nodes.ts";
import type {
  ClaimRecord,
  DatumRecord,
  EngineRecord,
  EventRecord,
  ExecutionRecord,
  InputFileRecord,
  MetadataRecord,
  NodeRecord,
  OpenExecutionRecord,
  RunRecord,
  StopRequests,
} from "./records.ts";
import { toRun } from "./rows.ts";
import { labelRun, type RunLabels } from "./run-labels.ts";
import * as runs from "./runs.ts";
import * as snapshots from "./snapshot-records.ts";
import * as stopRequests from "./stop-requests.ts";
import type {
  ExecutionChange,
  ExecutionEnd,
  ExecutionFilter,
  NearestFilter,
  NewDatum,
  NewEngine,
  NewExecution,
  NewestFilter,
  NewRun,
  NextClaim,
  NodeExecution,
  ReusableFilter,
  ReusableRecord,
  ReusedNode,
  RunFilter,
  SnapshotRecord,
  StartedExecution,
  StartingClaim,
  Store,
} from "./store.ts";

/** The store over any SQL database: this class says what is one transaction, the modules beside it hold the statements. */
export class SqlStore implements Store {
  readonly housekeeping: StoreHousekeeping;
  readonly lists: StoreLists;
  readonly #database: Database;
  readonly #project: number;
  readonly #listeners = new Set<() => void>();
  #stopWatching: (() => void) | undefined;
  #announcing = false;

  constructor(database: Database, project: number) {
    this.#database = database;
    this.#project = project;
    this.lists = new SqlLists(database, project);
    this.housekeeping = new SqlHousekeeping(database, project, () => this.#announce());
  }

  createRun(run: NewRun): Promise<RunRecord> {
    return this.#change((change) => runs.createRun(change, run));
  }

  async getRun(id: string): Promise<RunRecord | undefined> {
    const row = await runs.findRun(this.#database, this.#project, id);
    return row && toRun(row);
  }

  claimRun(runId: string, fence: number, owner: string | undefined): Promise<number | undefined> {
    return this.#change((change) => runs.claimRun(change, runId, fence, owner));
  }

  getPlannedNode(runId: string, node: string): Promise<PlannedNode | undefined> {
    return runs.getPlannedNode(this.#database, this.#project, runId, node);
  }

  getPlan(runId: string): Promise<Plan | undefined> {
    return this.#database.transaction("snapshot", (queries) => runs.getPlan(queries, this.#project, runId));
  }

  labelRun(runId: string, labels: RunLabels, at: number): Promise<RunRecord> {
    return this.#change((change) => labelRun(change, runId, labels, at));
  }

  listNodes(runId: string): Promise<readonly NodeRecord[]> {
    return nodes.listNodes(this.#database, this.#project, runId);
  }

  getNode(runId: string, name: string): Promise<NodeRecord | undefined> {
    return nodes.getNode(this.#database, this.#project, runId, name);
  }

  listRuns(filter: RunFilter): Promise<readonly RunRecord[]> {
    return runs.listRuns(this.#database, this.#project, filter);
  }

  setRunState(runId: string, wanted: Parameters<Store["setRunState"]>[1]): Promise<void> {
    return this.#change((change) => runs.setRunState(change, runId, wanted));
  }

  skipNodes(runId: string, names: readonly string[], reason: string, at: number, fence?: number): Promise<void> {
    return this.#change((change) => nodes.skipNodes(change, runId, names, { reason, at, fence }));
  }

  requestStop(target: Parameters<Store["requestStop"]>[0], at: number): Promise<boolean> {
    return this.#change((change) => stopRequests.requestStop(change, target, at));
  }

  getStopRequests(runId: string): Promise<StopRequests> {
    return stopRequests.getStopRequests(this.#database, this.#project, runId);
  }

  createExecution(execution: NewExecution): Promise<ExecutionRecord | undefined> {
    return this.#change((change) => executions.createExecution(change, execution));
  }

  claimExecution(executionId: string, owner: string, at: number): Promise<number | undefined> {
    return this.#change((change) => claims.claimExecution(change, executionId, { owner, at }));
  }

  startExecution(execution: NewExecution, claim: StartingClaim): Promise<StartedExecution | undefined> {
    return this.#change((change) => startExecution(change, execution, claim));
  }

  claimNext(claim: NextClaim): Promise<Required<StartedExecution> | undefined> {
    return this.#change((change) => claimNext(change, claim));
  }

  listOpenExecutions(runId?: string): Promise<readonly OpenExecutionRecord[]> {
    return claims.listOpenExecutions(this.#database, this.#project, runId);
  }

  adoptExecution(executionId: string, fence: number, owner: string): Promise<number | undefined> {
    return this.#change((change) => claims.adoptExecution(change, executionId, fence, owner));
  }

  listClaimed(owner?: string): Promise<readonly ClaimRecord[]> {
    return claims.listClaimed(this.#database, this.#project, owner);
  }

  updateExecution(executionId: string, fence: number, wanted: ExecutionChange): Promise<void> {
    return this.#change((change) => changes.updateExecution(change, executionId, fence, wanted));
  }

  finishExecution(executionId: string, fence: number, end: ExecutionEnd): Promise<void> {
    return this.#change((change) => changes.finishExecution(change, executionId, fence, end));
  }

  getExecution(id: string): Promise<ExecutionRecord | undefined> {
    return executions.getExecution(this.#database, this.#project, id);
  }

  listExecutions(filter: ExecutionFilter): Promise<readonly ExecutionRecord[]> {
    return executions.listExecutions(this.#database, this.#project, filter);
  }

  listReusable(filter: ReusableFilter): Promise<readonly ReusableRecord[]> {
    return fingerprints.listReusable(this.#database, this.#project, filter);
  }

  listNewestReusable(filter: NewestFilter): Promise<readonly ReusableRecord[]> {
    return fingerprints.listNewestReusable(this.#database, this.#project, filter);
  }

  listNearest(filter: NearestFilter): Promise<readonly ReusableRecord[]> {
    return fingerprints.listNearest(this.#database, this.#project, filter);
  }

  getFingerprint(executionId: string): Promise<ReusableRecord | undefined> {
    return fingerprints.getFingerprint(this.#database, this.#project, executionId);
  }

  reuseNodes(runId: string, reused: readonly ReusedNode[], at: number, fence?: number): Promise<void> {
    return this.#change((change) => nodes.reuseNodes(change, runId, reused, { at, fence }));
  }

  addEngine(engine: NewEngine): Promise<void> {
    return this.#change((change) => engines.addEngine(change, engine));
  }

  beat(engineId: string, at: number): Promise<ReadonlyMap<string, number> | undefined> {
    return engines.beat(this.#database, this.#project, engineId, at);
  }

  listEngines(): Promise<readonly EngineRecord[]> {
    return engines.listEngines(this.#database, this.#project);
  }

  removeEngine(engineId: string, at: number): Promise<boolean> {
    return this.#change((change) => engines.removeEngine(change, engineId, at));
  }

  async findByNumber(number: number): ReturnType<Store["findByNumber"]> {
    const run = await runs.findRunByNumber(this.#database, this.#project, number);
    if (run !== undefined) return { kind: "run", run };
    const execution = await executions.findExecutionByNumber(this.#database, this.#project, number);
    return execution && { kind: "execution", execution };
  }

  latestNumber(): Promise<number | undefined> {
    return runs.latestNumber(this.#database, this.#project);
  }

  addDatum(datum: NewDatum, at: number, fence?: number): Promise<DatumRecord> {
    return this.#change((change) => datums.addDatum(change, datum, { at, fence }));
  }

  getDatum(id: string): Promise<DatumRecord | undefined> {
    return datums.getDatum(this.#database, this.#project, id);
  }

  async listExecutionsOfNodes(runId: string): Promise<readonly NodeExecution[]> {
    const of = [this.#database, this.#project, runId] as const;
    const [found, inputs, outputs] = await Promise.all([
      executions.listExecutionsOfNodes(...of),
      datums.listInputFilesOfNodes(...of),
      datums.listOutputsOfNodes(...of),
    ]);
    return withFiles(found, inputs, outputs);
  }

  async listExecutionsById(ids: Iterable<string>): Promise<readonly NodeExecution[]> {
    const of = [this.#database, this.#project, joinIds(ids)] as const;
    const [found, inputs, outputs] = await Promise.all([
      executions.listExecutionsById(...of),
      datums.listInputFilesById(...of),
      datums.listOutputsById(...of),
    ]);
    return withFiles(found, inputs, outputs);
  }

  listOutputs(executionId: string): Promise<readonly DatumRecord[]> {
    return datums.listOutputs(this.#database, this.#project, executionId);
  }

  findDatumByUri(uri: string): Promise<DatumRecord | undefined> {
    return datums.findDatumByUri(this.#database, this.#project, uri);
  }

  setInputFiles(executionId: string, fence: number, files: readonly InputFileRecord[]): Promise<void> {
    return this.#change((change) => datums.setInputFiles(change, executionId, fence, files));
  }

  listInputFiles(executionId: string): Promise<readonly InputFileRecord[]> {
    return datums.listInputFiles(this.#database, this.#project, executionId);
  }

  addMetadata(executionId: string, fence: number, points: readonly MetadataRecord[]): Promise<void> {
    return this.#change((change) => metadata.addMetadata(change, executionId, fence, points));
  }

  listMetadata(executionId: string, page: Parameters<Store["listMetadata"]>[1]): Promise<readonly MetadataRecord[]> {
    return metadata.listMetadata(this.#database, this.#project, executionId, page);
  }

  listEvents(filter: Parameters<Store["listEvents"]>[0]): Promise<readonly EventRecord[]> {
    return listEvents(this.#database, this.#project, filter);
  }

  onEvents(listener: () => void): () => void {
    // Wrapped, so that a function given twice counts twice.
    const entry = () => listener();
    this.#listeners.add(entry);
    this.#stopWatching ??= this.#database.watch(this.#project, () => this.#announce());
    return () => {
      this.#listeners.delete(entry);
      if (this.#listeners.size > 0) return;
      this.#stopWatching?.();
      this.#stopWatching = undefined;
    };
  }

  addSnapshot(snapshot: SnapshotRecord): Promise<void> {
    return this.#change((change) => snapshots.addSnapshot(change, snapshot));
  }

  getSnapshot(identifier: string): Promise<SnapshotRecord | undefined> {
    return snapshots.getSnapshot(this.#database, this.#project, identifier);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#stopWatching?.();
    await this.#database[Symbol.asyncDispose]();
  }

  #change<T>(work: (change: Change) => Promise<T>): Promise<T> {
    return applyChange(this.#database, this.#project, work, () => this.#announce());
  }

  /** Listeners run apart from the change that caused them, once for all commits of the same turn. */
  #announce(): void {
    if (this.#announcing || this.#listeners.size === 0) return;
    this.#announcing = true;
    queueMicrotask(() => {
      this.#announcing = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

function withFiles(
  found: readonly ExecutionRecord[],
  inputs: ReadonlyMap<string, readonly InputFileRecord[]>,
  outputs: readonly DatumRecord[],
): readonly NodeExecution[] {
  const outputsOf = Map.groupBy(outputs, (datum) => datum.executionId);
  return found.map((execution) => ({ execution, inputs: inputs.get(execution.id) ?? [], outputs: outputsOf.get(execution.id) ?? [] }));
}
