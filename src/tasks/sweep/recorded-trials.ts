import type { ParameterValue, Sweep } from "../../config/index.ts";
import type { SweepTrial } from "./history.ts";

/** The facts that a record tells of an execution of a task. */
export interface RecordedTrial {
  readonly trial: number;
  readonly state: "created" | "queued" | "started" | "stopping" | "complete" | "error" | "stopped";
  readonly pruned: boolean;
  /** It is tried again. */
  readonly retryAt?: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The last execution of each trial, in the order of the trials. */
export function lastOfEach<T extends Pick<RecordedTrial, "trial">>(records: Iterable<T>): readonly T[] {
  const last = new Map<number, T>();
  for (const record of records) last.set(record.trial, record);
  return [...last.values()].sort((a, b) => a.trial - b.trial);
}

/** Returns true if something of the trial still runs, or will run. */
export function isOpenTrial({ state, retryAt }: Pick<RecordedTrial, "state" | "retryAt">): boolean {
  if (state === "error") return retryAt !== undefined;
  return state !== "complete" && state !== "stopped";
}

/** A trial as the samplers and the leader board see it. */
export function sweepTrialOf(record: RecordedTrial, varied: readonly string[]): SweepTrial {
  const { trial, parameters, metadata } = record;
  const values = Object.fromEntries(
    varied.flatMap((name) => (Object.hasOwn(parameters, name) ? [[name, parameters[name] ?? null] as const] : [])),
  );
  return { trial, values, state: outcomeOf(record), metadata };
}

function outcomeOf(record: RecordedTrial): SweepTrial["state"] {
  if (isOpenTrial(record)) return "running";
  if (record.state === "complete") return "complete";
  if (record.state === "error") return "failed";
  return record.pruned ? "pruned" : "stopped";
}

/** The parameters that a sweep varies. */
export function variedBy({ axes, sets }: Pick<Sweep, "axes" | "sets">): readonly string[] {
  return [...new Set([...axes.map(({ name }) => name), ...(sets ?? []).flatMap((set) => Object.keys(set))])];
}
