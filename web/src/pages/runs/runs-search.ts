import { compact, oneOf, type RawSearch, textIn, textsIn } from "../../shared/search-params.ts";

export const STATES = ["created", "queued", "started", "stopping", "complete", "error", "stopped"] as const;
export type ListedState = (typeof STATES)[number];

export interface RunsSearch {
  /** The rows are executions in place of runs. */
  readonly of?: "executions";
  readonly states?: readonly ListedState[];
  readonly tags?: readonly string[];
  /** Name of the step or pipeline. */
  readonly name?: string;
  readonly step?: string;
  readonly where?: string;
  /** Made at this moment or later, and before this one. */
  readonly since?: string;
  readonly until?: string;
  readonly sort?: string;
  readonly columns?: readonly string[];
}

/** An address that somebody mistyped shows the list without that bound. */
function momentIn(value: unknown): string | undefined {
  const text = textIn(value);
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString();
}

export function runsSearch(raw: RawSearch): RunsSearch {
  const states = textsIn(raw.states)
    ?.map((state) => oneOf(STATES, state))
    .filter((state) => state !== undefined);
  return compact({
    of: oneOf(["executions"], raw.of),
    states: states?.length === 0 ? undefined : states,
    tags: textsIn(raw.tags),
    name: textIn(raw.name),
    step: textIn(raw.step),
    where: textIn(raw.where),
    since: momentIn(raw.since),
    until: momentIn(raw.until),
    sort: textIn(raw.sort),
    columns: textsIn(raw.columns),
  });
}
