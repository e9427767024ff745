import type { Change } from "../change.ts";
import { statement } from "../database.ts";
import { STEP_CHECKS, type StepChecksRecord } from "../documents/step-checks-document.ts";
import { OF_PROJECT } from "./execution-keys.ts";
import type { ProjectScope } from "./scope.ts";

/** The results of the checks of executions: one document each. */
export interface StepChecksRepository {
  /** Replaces what is on record. An execution that another engine holds by now is left alone. */
  save(executionId: string, fence: number, checks: StepChecksRecord): Promise<void>;
  /** Undefined if its step has no checks, or none was made yet. */
  get(executionId: string): Promise<StepChecksRecord | undefined>;
  /** Returns those of the newest complete executions of a step that are older than this one, the newest first. */
  before(filter: ChecksBefore): Promise<readonly ChecksOfExecution[]>;
}

export interface ChecksBefore {
  readonly step: string;
  /** The number of an execution. */
  readonly number: number;
  readonly limit: number;
}

export interface ChecksOfExecution {
  readonly executionId: string;
  readonly number: number;
  readonly checks: StepChecksRecord;
}

type Document = { v: number; body: string };

const upsert = statement<{ project: number; id: string; fence: number } & Document>(`
  insert into step_checks (execution_key, v, body)
  select key, :v, :body from executions where id = :id and ${OF_PROJECT} and fence = :fence
  on conflict (execution_key) do update set v = excluded.v, body = excluded.body`);

const upsertByKey = statement<{ key: number } & Document>(`
  insert into step_checks (execution_key, v, body) values (:key, :v, :body)
  on conflict (execution_key) do update set v = excluded.v, body = excluded.body`);

const select = statement<{ project: number; id: string }, Document>(`
  select v, body from step_checks
  where execution_key = (select key from executions where id = :id and ${OF_PROJECT})`);

const selectBefore = statement<
  { project: number; step: string; number: number; limit: number },
  Document & { id: string; number: number }
>(`
  select e.id, e.number, c.v, c.body from executions e join step_checks c on c.execution_key = e.key
  where e.project_key = :project and e.step = :step and e.state = 'complete' and e.number < :number
  order by e.number desc limit :limit`);

/** In the transaction that ends the execution. */
export async function saveChecks({ queries }: Change, key: number, checks: StepChecksRecord): Promise<void> {
  await queries.run(upsertByKey, { key, ...documentOf(checks) });
}

export function stepChecksRepository({ database, project, change }: ProjectScope): StepChecksRepository {
  return {
    save: (id, fence, checks) =>
      change(async ({ queries }) => {
        await queries.run(upsert, { ...{ project, id, fence }, ...documentOf(checks) });
      }),
    get: async (id) => {
      const row = await database.get(select, { project, id });
      return row && STEP_CHECKS.read(row.v, row.body);
    },
    before: async (filter) =>
      (await database.all(selectBefore, { project, ...filter })).map(({ id, number, v, body }) => ({
        ...{ executionId: id, number },
        checks: STEP_CHECKS.read(v, body),
      })),
  };
}

function documentOf(checks: StepChecksRecord): Document {
  return { v: STEP_CHECKS.version, body: JSON.stringify(checks) };
}
