import { statement } from "../database.ts";
import { MACHINE_USE, type MachineUseRecord } from "../documents/machine-use-document.ts";
import { OF_PROJECT } from "./execution-keys.ts";
import type { ProjectScope } from "./scope.ts";

/** The use of the machine by executions: one document each, written anew while the step runs. */
export interface MachineUseRepository {
  /** Replaces what is on record. Executions that another engine holds by now are left alone. */
  save(all: readonly MachineUseToSave[]): Promise<void>;
  /** Undefined if nothing was noted: the step was too short, or where it ran nobody can tell. */
  get(executionId: string): Promise<MachineUseRecord | undefined>;
}

export interface MachineUseToSave {
  readonly executionId: string;
  readonly fence: number;
  readonly use: MachineUseRecord;
}

const upsert = statement<{ project: number; id: string; fence: number; v: number; body: string }>(`
  insert into machine_use (execution_key, v, body)
  select key, :v, :body from executions where id = :id and ${OF_PROJECT} and fence = :fence
  on conflict (execution_key) do update set v = excluded.v, body = excluded.body`);

const select = statement<{ project: number; id: string }, { v: number; body: string }>(`
  select v, body from machine_use
  where execution_key = (select key from executions where id = :id and ${OF_PROJECT})`);

export function machineUseRepository({ database, project, change }: ProjectScope): MachineUseRepository {
  return {
    save: (all) =>
      change(async ({ queries }) => {
        await queries.runMany(
          upsert,
          all.map(({ executionId: id, fence, use }) => ({
            ...{ project, id, fence, v: MACHINE_USE.version },
            body: JSON.stringify(use),
          })),
        );
      }),
    get: async (id) => {
      const row = await database.get(select, { project, id });
      return row && MACHINE_USE.read(row.v, row.body);
    },
  };
}
