import type { RunState } from "../../records.ts";

/** What is asked of a list. Everything that is absent does not narrow it; everything that is there must hold together. */
export interface RunQuery extends PageRequest {
  readonly states?: readonly RunState[];
  /** Of the step or pipeline. */
  readonly name?: string;
  readonly tags?: readonly string[];
  /** Of smaller numbers only. */
  readonly below?: number;
  /** Recorded at or after, and before (ms since the epoch). */
  readonly since?: number;
  readonly until?: number;
  /** Each holds for some node of the run; for one of this name, where it names one. */
  readonly values?: readonly ValueCondition[];
  readonly sort?: Sort<"number" | "duration">;
}

export interface ExecutionQuery extends PageRequest {
  readonly states?: readonly RunState[];
  readonly runId?: string;
  readonly step?: string;
  readonly node?: string;
  /** Of its run. */
  readonly runName?: string;
  readonly tags?: readonly string[];
  readonly below?: number;
  readonly since?: number;
  readonly until?: number;
  readonly values?: readonly ValueCondition[];
  readonly sort?: Sort<"number" | "duration" | ValueName>;
}

export interface FileQuery extends PageRequest {
  readonly runId?: string;
  readonly executionId?: string;
  readonly name?: string;
  /** Of the execution that made it. */
  readonly step?: string;
  readonly since?: number;
  readonly until?: number;
  readonly sort?: Sort<"created" | "name">;
}

export interface NodeQuery extends PageRequest {
  readonly states?: readonly NodeListState[];
}

/** A node's own states; `active` once it has an execution that has not ended. */
export type NodeListState = "waiting" | "active" | "complete" | "error" | "stopped" | "skipped";

export interface PageRequest {
  readonly limit: number;
  /** `next` of the page before, with the same query. */
  readonly after?: string;
}

/** A part of a list, in its order. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  /** What asks for the next part; null at the end. */
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

export type ValueOrigin = "parameter" | "metadata";

export interface ValueCondition extends ValueName {
  /** Of the node that has the value. */
  readonly node?: string;
  readonly operator: ValueOperator;
  readonly value: number | string;
}

export type ValueOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";
