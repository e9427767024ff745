import type { Actor } from "../../events/actor.ts";
import type { NodeState, RunState } from "../../records.ts";

/** A query for a list. A field that is absent does not narrow it; all fields that are there must hold together. */
export interface RunQuery extends PageRequest {
  readonly states?: readonly RunState[];
  /** The name of the step or pipeline. */
  readonly name?: string;
  readonly tags?: readonly string[];
  /** Only runs with a smaller number. */
  readonly below?: number;
  /** Recorded at or after, and before (ms since the epoch). */
  readonly since?: number;
  readonly until?: number;
  /** Each holds for some node of the run; for one of this name, where it names one. */
  readonly values?: readonly ValueCondition[];
  readonly kind?: "step" | "pipeline" | "task";
  /** Those of these numbers only. */
  readonly numbers?: readonly number[];
  /** Started by this one only. */
  readonly actor?: Actor;
  /** By a value: the readings of its name, of which the first counts that gives a run a value. */
  readonly sort?: Sort<"number" | "duration" | "name" | "state" | "title" | readonly NodeValueName[]>;
}

export interface ExecutionQuery extends PageRequest {
  readonly states?: readonly RunState[];
  readonly runId?: string;
  readonly step?: string;
  readonly node?: string;
  /** The name of its run. */
  readonly runName?: string;
  readonly tags?: readonly string[];
  readonly below?: number;
  readonly since?: number;
  readonly until?: number;
  readonly values?: readonly ValueCondition[];
  /** Those of these numbers only. */
  readonly numbers?: readonly number[];
  /** Only executions of runs that this actor has started. */
  readonly actor?: Actor;
  readonly sort?: Sort<"number" | "duration" | ValueName>;
}

export interface FileQuery extends PageRequest {
  readonly runId?: string;
  readonly executionId?: string;
  readonly name?: string;
  /** Beginning of the name. */
  readonly namePrefix?: string;
  /** Beginning of the hash, in lower-case hexadecimal digits. */
  readonly sha256?: string;
  /** The step of the execution that made it. */
  readonly step?: string;
  readonly since?: number;
  readonly until?: number;
  readonly sort?: Sort<"created" | "name">;
}

export interface NodeQuery extends PageRequest {
  readonly states?: readonly NodeState[];
}

export interface PageRequest {
  readonly limit: number;
  /** `next` of the page before, with the same query. */
  readonly after?: string;
}

/** A part of a list that is counted, such as the third hundred; see `PageRequest` for what costs less. */
export interface Span {
  readonly offset: number;
  readonly limit: number;
}

/** That part, and how many rows the list has in all. */
export interface Counted<Item> {
  readonly items: readonly Item[];
  readonly count: number;
}

/** A part of a list, in its order. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  /** The cursor for the next part; null at the end. */
  readonly next: string | null;
}

export interface Sort<Key> {
  readonly by: Key;
  readonly direction: "ascending" | "descending";
}

/** A parameter or a key of the metadata; without an origin a parameter, and where there is none the metadata. */
export interface ValueName {
  readonly name: string;
  readonly origin?: ValueOrigin;
}

/** A value of the last node of a run that has it; of this one, where a node is named. */
export interface NodeValueName extends ValueName {
  readonly node?: string;
}

export type ValueOrigin = "parameter" | "metadata";

export interface ValueCondition extends ValueName {
  /** The node that has the value. */
  readonly node?: string;
  readonly operator: ValueOperator;
  readonly value: number | string;
  /** With a number: `true` and `false`, which are kept as texts, count as 1 and 0. */
  readonly countsBooleans?: true;
}

export type ValueOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";
