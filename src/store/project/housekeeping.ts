import { createHash } from "node:crypto";
import { applyChange, type Change } from "../change.ts";
import { type Database, type Queries, type SqlParameters, type Statement, statement } from "../database.ts";
import { TAGS } from "../documents/record-documents.ts";
import { recordAudit } from "../installation/audit.ts";
import type { RunState } from "../records.ts";
import { isFinal } from "../transitions.ts";
import { IS_FREE, isHeld } from "./catalog/holders.ts";
import type { Wish } from "./requests.ts";
import { requireRun } from "./runs.ts";

/**
 * Housekeeping reads the records that it needs here, and removes records. A database may hold several projects that
 * share one store of files, so every reference to a file is returned for all of them; only records of the own project
 * are removed.
 */
export interface StoreHousekeeping {
  /**
   * Tells this database from every other, wherever it is moved to; a copy in another kind of database is another one.
   */
  identity(): Promise<DatabaseIdentity>;
  /** Writes and commits, to no effect; throws as any write does. */
  probeWrite(): Promise<void>;
  /**
   * Returns the faults that the database finds in its own file; reads all of it. None if the database is not a file.
   */
  findFaults(): Promise<readonly string[]>;
  /** All runs, of all projects of the database. */
  listRunFacts(): Promise<readonly RunFacts[]>;
  /** Returns the runs that took results from other runs' executions, by their keys. */
  listReuses(): Promise<readonly { readonly runKey: number; readonly fromRunKey: number }[]>;
  /**
   * Every mention of a file in the records of executions, page by page; with `traces` (the default) also in what is
   * known of their code.
   */
  contentUses(options?: { readonly traces: boolean }): AsyncIterable<readonly ContentUse[]>;
  /**
   * Files that no run of the records made, of all projects: they came in by URI, or their run is gone and another one
   * needs them.
   */
  listFetched(): Promise<readonly FetchedFacts[]>;
  listSnapshotFacts(): Promise<readonly SnapshotFacts[]>;
  /** Ids of stored files that runs which have not ended name in their plans. */
  listPlannedDatums(): Promise<readonly string[]>;
  /** The run that made each of these stored files; others are left out. */
  runsOfDatums(datumIds: Iterable<string>): Promise<readonly number[]>;
  /** Returns the moments at which executions ended, if they have, of all projects, page by page. */
  executionEnds(): AsyncIterable<readonly ExecutionEndFacts[]>;
  /**
   * Removes a run with its executions, data, metadata, events; data that another run has received stay, without a
   * maker. False when the run has not ended, another run has taken results from it, or an alias or a version keeps a
   * file that it made.
   */
  deleteRun(runId: string, wish: Wish): Promise<boolean>;
  /** Removes records of fetched files that no execution has received and nothing keeps; returns how many. */
  deleteFetched(ids: readonly string[]): Promise<number>;
  /** Removes snapshots that no run uses and that nobody has uploaded; returns how many. */
  deleteSnapshots(identifiers: readonly string[]): Promise<number>;
}

export interface DatabaseIdentity {
  readonly id: string;
  /** The place of the database, without a password. */
  readonly location: string;
}

export interface RunFacts {
  readonly key: number;
  readonly id: string;
  readonly number: number;
  /** True if it belongs to the project that this store was opened for. */
  readonly isOwn: boolean;
  readonly project: number;
  readonly name: string;
  readonly state: RunState;
  readonly tags: readonly string[];
  /** Versions of the code: the run's own, then those of single nodes. */
  readonly commits: readonly string[];
  readonly createdAt: number;
  readonly finishedAt?: number;
}

export interface ContentUse {
  readonly sha256: string;
  /** 0 where the record does not tell. */
  readonly sizeBytes: number;
  readonly runKey: number;
  /** The datum of a file that an execution received. */
  readonly datumId?: string;
}

export interface FetchedFacts {
  readonly id: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
  readonly isOwn: boolean;
  /** Made by a run that is gone. */
  readonly isLeft: boolean;
  /** Somebody brought it. */
  readonly isUploaded: boolean;
}

export interface SnapshotFacts {
  readonly project: number;
  readonly isOwn: boolean;
  readonly identifier: string;
  readonly manifestSha256: string;
  readonly createdAt: number;
  /** The project lists it as an upload: it is nowhere else, and somebody may run it yet. */
  readonly isUploaded: boolean;
}

export interface ExecutionEndFacts {
  readonly id: string;
  readonly runId: string;
  /** True if it belongs to the project that was opened. */
  readonly isOwn: boolean;
  readonly finishedAt?: number;
  /** The content of its log among the stored files, unless it was discarded. */
  readonly keptLog?: string;
}

const PAGE = 5_000;

const touchProject = statement<{ project: number }>("update projects set name = name where key = :project");

const selectFirstProject = statement<Record<string, never>, { created_as: string; created_at: number }>(
  "select created_as, created_at from projects order by key limit 1",
);

const selectRuns = statement<
  { after: number },
  {
    key: number;
    id: string;
    project_key: number;
    number: number;
    name: string;
    state: RunState;
    tags: string;
    tags_v: number;
    commit_id: string;
    created_at: number;
    finished_at: number | null;
  }
>(`
  select key, id, project_key, number, name, state, tags, tags_v, commit_id, created_at, finished_at from runs
  where key > :after order by key limit ${PAGE}`);

/** Few: only nodes that name a commit of their own have them. */
const selectNodeCommits = statement<Record<string, never>, { run_key: number; commit_id: string }>(
  "select run_key, commit_id from run_commits order by run_key, commit_id",
);

const selectReuses = statement<Record<string, never>, { run_key: number; from_run_key: number }>(`
  select distinct node_executions.run_key, executions.run_key as from_run_key
  from node_executions join executions on executions.key = node_executions.execution_key
  where executions.run_key <> node_executions.run_key`);

const selectOutputs = statement<
  { after: number },
  { key: number; sha256: string; size_bytes: number; run_key: number }
>(`
  select datums.key, datums.sha256, datums.size_bytes, executions.run_key
  from datums join executions on executions.key = datums.execution_key
  where datums.key > :after and datums.purged_at is null order by datums.key limit ${PAGE}`);

const selectInputs = statement<
  { execution: number; position: number },
  { execution_key: number; position: number; datum_id: string; sha256: string; size_bytes: number; run_key: number }
>(`
  select input_files.execution_key, input_files.position, input_files.datum_id, input_files.sha256, input_files.size_bytes, executions.run_key
  from input_files join executions on executions.key = input_files.execution_key
  left join datums on datums.id = input_files.datum_id
  where (input_files.execution_key, input_files.position) > (:execution, :position) and datums.purged_at is null
  order by input_files.execution_key, input_files.position limit ${PAGE}`);

const selectTraces = statement<
  { after: number },
  { execution_key: number; run_key: number; base: string; code: string }
>(`
  select fingerprints.execution_key, executions.run_key, fingerprints.base, fingerprints.code
  from fingerprints join executions on executions.key = fingerprints.execution_key
  where fingerprints.execution_key > :after order by fingerprints.execution_key limit 500`);

const selectFetched = statement<
  { after: number },
  {
    key: number;
    id: string;
    project_key: number;
    sha256: string;
    size_bytes: number;
    uri: string | null;
    created_at: number;
  }
>(`
  select key, id, project_key, sha256, size_bytes, uri, created_at from datums
  where execution_key is null and key > :after and purged_at is null order by key limit ${PAGE}`);

const selectSnapshots = statement<
  Record<string, never>,
  { project_key: number; identifier: string; manifest_sha256: string; created_at: number; uploaded: string | null }
>(`
  select snapshots.project_key, snapshots.identifier, manifest_sha256, created_at, code_commits.identifier as uploaded
  from snapshots left join code_commits on code_commits.project_key = snapshots.project_key
    and code_commits.identifier = snapshots.identifier and code_commits.is_adhoc = 1`);

const selectUnfinishedPlans = statement<Record<string, never>, { text: string }>(`
  select planned_nodes.node as text from planned_nodes join runs on runs.key = planned_nodes.run_key
  where runs.finished_at is null and planned_nodes.node like '%datum://%'
  union all
  select planned_steps.step as text from planned_steps join runs on runs.key = planned_steps.run_key
  where runs.finished_at is null and planned_steps.step like '%datum://%'`);

const selectRunOfDatum = statement<{ id: string }, { run_key: number }>(`
  select executions.run_key from datums join executions on executions.key = datums.execution_key where datums.id = :id`);

interface ExecutionEndRow {
  readonly key: number;
  readonly id: string;
  readonly run_id: string;
  readonly project_key: number;
  readonly finished_at: number | null;
  readonly log_sha256: string | null;
}

const selectExecutionEnds = statement<{ after: number }, ExecutionEndRow>(`
  select executions.key, executions.id, runs.id as run_id, runs.project_key, executions.finished_at,
    kept_logs.sha256 as log_sha256
  from executions join runs on runs.key = executions.run_key
  left join kept_logs on kept_logs.execution_key = executions.key and kept_logs.discarded_at is null
  where executions.key > :after order by executions.key limit ${PAGE}`);

const selectTaker = statement<{ key: number }, { run_key: number }>(`
  select taken.run_key from executions join node_executions as taken on taken.execution_key = executions.key
  where executions.run_key = :key and taken.run_key <> :key limit 1`);

/** `datum://ID` goes on to name them, with their properties. */
const leaveReceived = statement<{ key: number }>(`
  update datums set execution_key = null
  where execution_key in (select key from executions where run_key = :key)
    and exists (
      select 1 from input_files join executions on executions.key = input_files.execution_key
      where input_files.datum_id = datums.id and executions.run_key <> :key)`);

const deleteNodeExecutions = statement<{ key: number }>("delete from node_executions where run_key = :key");
const deleteCommits = statement<{ key: number }>("delete from run_commits where run_key = :key");
const deleteRunRow = statement<{ key: number }>("delete from runs where key = :key");

const deleteFetchedRow = statement<{ project: number; id: string }>(`
  delete from datums where id = :id and project_key = :project and execution_key is null and ${IS_FREE}`);

/** Every run takes a number from here, so whoever holds this row sees no run come to be. */
const lockProject = statement<{ project: number }, { key: number }>("select key from projects where key = :project", {
  locks: "projects",
});

const deleteSnapshotRow = statement<{ project: number; identifier: string }>(`
  delete from snapshots where project_key = :project and identifier = :identifier
    and not exists (select 1 from runs where runs.project_key = :project and runs.commit_id = :identifier)
    and not exists (
      select 1 from code_commits
      where code_commits.project_key = :project and code_commits.identifier = :identifier and is_adhoc = 1)
    and not exists (
      select 1 from run_commits join runs on runs.key = run_commits.run_key
      where run_commits.commit_id = :identifier and runs.project_key = :project)`);

/** Content names within the JSON of a fingerprint. */
const SHA256 = /\b[0-9a-f]{64}\b/g;
const DATUM_URI = /datum:\/\/([0-9A-Za-z-]+)/g;

/** Ids in `datum://` addresses anywhere in a text. */
export function datumIdsIn(text: string): readonly string[] {
  return [...text.matchAll(DATUM_URI)].map(([, id = ""]) => id);
}

export class SqlHousekeeping implements StoreHousekeeping {
  readonly #database: Database;
  readonly #project: number;
  readonly #announce: () => void;

  constructor(database: Database, project: number, announce: () => void) {
    this.#database = database;
    this.#project = project;
    this.#announce = announce;
  }

  async identity(): Promise<DatabaseIdentity> {
    const first = await this.#database.get(selectFirstProject, {});
    const id = createHash("sha256").update(
      JSON.stringify([this.#database.dialect.place, first?.created_as, first?.created_at]),
    );
    return { id: id.digest("hex").slice(0, 32), location: this.#database.location };
  }

  async probeWrite(): Promise<void> {
    await this.#change(({ queries, project }) => queries.run(touchProject, { project }));
  }

  async findFaults(): Promise<readonly string[]> {
    const { selfCheck } = this.#database.dialect;
    if (selfCheck === undefined) return [];
    return (await this.#database.all(selfCheck, {})).map(({ fault }) => fault).filter((fault) => fault !== "ok");
  }

  async listRunFacts(): Promise<readonly RunFacts[]> {
    const facts: RunFacts[] = [];
    const ofNodes = Map.groupBy(await this.#database.all(selectNodeCommits, {}), ({ run_key }) => run_key);
    for await (const page of this.#pages(selectRuns, { after: 0 }, ({ key }) => ({ after: key }))) {
      for (const row of page) {
        facts.push({
          key: row.key,
          id: row.id,
          number: row.number,
          isOwn: row.project_key === this.#project,
          project: row.project_key,
          name: row.name,
          state: row.state,
          tags: TAGS.read(row.tags_v, row.tags),
          commits: [...new Set([row.commit_id, ...(ofNodes.get(row.key) ?? []).map((it) => it.commit_id)])],
          createdAt: row.created_at,
          ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
        });
      }
    }
    return facts;
  }

  async listReuses(): ReturnType<StoreHousekeeping["listReuses"]> {
    const rows = await this.#database.all(selectReuses, {});
    return rows.map((row) => ({ runKey: row.run_key, fromRunKey: row.from_run_key }));
  }

  async *contentUses({ traces } = { traces: true }): AsyncGenerator<readonly ContentUse[]> {
    for await (const page of this.#pages(selectOutputs, { after: 0 }, ({ key }) => ({ after: key }))) {
      yield page.map((row) => ({ sha256: row.sha256, sizeBytes: row.size_bytes, runKey: row.run_key }));
    }
    const next = (row: { execution_key: number; position: number }) => ({
      execution: row.execution_key,
      position: row.position,
    });
    for await (const page of this.#pages(selectInputs, { execution: 0, position: 0 }, next)) {
      yield page.map((row) => ({
        sha256: row.sha256,
        sizeBytes: row.size_bytes,
        runKey: row.run_key,
        datumId: row.datum_id,
      }));
    }
    if (!traces) return;
    for await (const page of this.#pages(selectTraces, { after: 0 }, (row) => ({ after: row.execution_key }))) {
      yield page.flatMap((row) =>
        [...`${row.base} ${row.code}`.matchAll(SHA256)].map(([sha256]) => ({
          sha256,
          sizeBytes: 0,
          runKey: row.run_key,
        })),
      );
    }
  }

  async listFetched(): Promise<readonly FetchedFacts[]> {
    const fetched: FetchedFacts[] = [];
    for await (const page of this.#pages(selectFetched, { after: 0 }, ({ key }) => ({ after: key }))) {
      for (const { id, project_key, sha256, size_bytes, uri, created_at } of page) {
        const isOwn = project_key === this.#project;
        fetched.push({
          id,
          sha256,
          sizeBytes: size_bytes,
          createdAt: created_at,
          isOwn,
          isLeft: uri === null,
          isUploaded: uri?.startsWith("upload:") === true,
        });
      }
    }
    return fetched;
  }

  async listSnapshotFacts(): Promise<readonly SnapshotFacts[]> {
    return (await this.#database.all(selectSnapshots, {})).map((row) => ({
      project: row.project_key,
      isOwn: row.project_key === this.#project,
      identifier: row.identifier,
      manifestSha256: row.manifest_sha256,
      createdAt: row.created_at,
      isUploaded: row.uploaded !== null,
    }));
  }

  async listPlannedDatums(): Promise<readonly string[]> {
    return (await this.#database.all(selectUnfinishedPlans, {})).flatMap(({ text }) => datumIdsIn(text));
  }

  async runsOfDatums(datumIds: Iterable<string>): Promise<readonly number[]> {
    const rows = await Promise.all([...new Set(datumIds)].map((id) => this.#database.get(selectRunOfDatum, { id })));
    return rows.flatMap((row) => (row === undefined ? [] : [row.run_key]));
  }

  async *executionEnds(): AsyncGenerator<readonly ExecutionEndFacts[]> {
    for await (const page of this.#pages(selectExecutionEnds, { after: 0 }, ({ key }) => ({ after: key }))) {
      yield page.map(({ id, run_id, project_key, finished_at, log_sha256 }) => ({
        id,
        runId: run_id,
        isOwn: project_key === this.#project,
        ...(finished_at === null ? {} : { finishedAt: finished_at }),
        ...(log_sha256 === null ? {} : { keptLog: log_sha256 }),
      }));
    }
  }

  deleteRun(runId: string, { actor, at }: Wish): Promise<boolean> {
    return this.#change(async (change) => {
      const { queries, project } = change;
      const run = await requireRun(queries, project, runId);
      if (!isFinal(run.state) || (await queries.get(selectTaker, { key: run.key })) !== undefined) return false;
      if (await isHeld(queries, run.key)) return false;
      await queries.run(leaveReceived, { key: run.key });
      await queries.run(deleteNodeExecutions, { key: run.key });
      await queries.run(deleteCommits, { key: run.key });
      await queries.run(deleteRunRow, { key: run.key });
      const detail = { number: run.number, kind: run.kind, name: run.name };
      await recordAudit(change, { at, actor, action: "run.delete", subject: { kind: "run", id: runId }, detail });
      return true;
    });
  }

  deleteFetched(ids: readonly string[]): Promise<number> {
    return this.#change(({ queries, project }) =>
      queries.runMany(
        deleteFetchedRow,
        ids.map((id) => ({ project, id })),
      ),
    );
  }

  deleteSnapshots(identifiers: readonly string[]): Promise<number> {
    return this.#change(async ({ queries, project }) => {
      await queries.get(lockProject, { project });
      return await queries.runMany(
        deleteSnapshotRow,
        identifiers.map((identifier) => ({ project, identifier })),
      );
    });
  }

  async *#pages<P extends SqlParameters, Row>(
    page: Statement<P, Row>,
    first: P,
    next: (last: Row) => P,
  ): AsyncGenerator<readonly Row[]> {
    const queries: Queries = this.#database;
    for (let parameters: P | undefined = first; parameters !== undefined; ) {
      const rows: readonly Row[] = await queries.all(page, parameters);
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      parameters = last === undefined ? undefined : next(last);
    }
  }

  #change<T>(work: (change: Change) => Promise<T>): Promise<T> {
    return applyChange(this.#database, this.#project, work, this.#announce);
  }
}
