import type { ConditionFacts, PlannedNode } from "../../planning/index.ts";
import type { FinalState, NodeRecord } from "../../store/index.ts";
import type { RunJobs } from "./run-jobs.ts";

/**
 * Takes nodes of one kind from their turn to their end. The runner alone knows what they consist of (an execution, many
 * of them made one by one, or none if somebody else decides). The driver says whose turn has come, draws the
 * consequences of their ends, and knows the fence of the run. There is one runner of a kind in a run; it can read
 * everything that it knows from the records again.
 *
 * The life of a node with its runner:
 *
 *     begin ────► started ──► ended, or completed in a batch with others
 *     restore ───────▲            an earlier driver had begun it, or left it waiting
 */
export interface NodeRunner {
  /** The turn of these nodes has come: together, since to look for earlier results of many costs little more. */
  begin(names: readonly string[]): void;
  /** Takes in what is recorded of a node: what it has handed on is read by those behind it. Comes before all else. */
  recall(record: NodeRecord): void;
  /** Goes on with a node whose turn had come before this driver did: `active`, or waiting for something. */
  restore(record: NodeRecord): void;
  /** Returns the values that conditions before the beginning of a node may name: its parameters, as they would be. */
  factsBefore(name: string): Promise<ConditionFacts>;
  /** Returns the values that conditions at the end of a node may name. */
  factsOf(name: string): Promise<ConditionFacts>;
  /**
   * The run is to stop. Names the nodes that have not begun, and forgets them: they are skipped. The signals of the run
   * tell the nodes that have begun, and these end. `queued` are those whose jobs had not begun, and are forgotten.
   */
  giveUp(queued: readonly string[]): readonly string[];
  /** The driver goes: begins nothing any more, and leaves what is under way to the next one. */
  leave(): void;
}

/** Nodes that the end of another one has made ready. */
export interface ReadyNodes {
  /** They may take an earlier result in the same batch as the node before them. */
  readonly executions: readonly string[];
  /** Nodes of other kinds, and those that somebody has to approve: they begin once that batch is recorded. */
  readonly others: readonly string[];
}

export const NONE_READY: ReadyNodes = { executions: [], others: [] };

/** The driver of a run, as its runners call it. */
export interface RunCalls {
  /** The part of the run that may be under way at a time; a node that holds no process takes no part in it. */
  readonly jobs: RunJobs;
  readonly stopped: AbortSignal;
  readonly abandoned: AbortSignal;
  nodeOf(name: string): PlannedNode;
  /** The run does not end before this has; its failure ends the driver. */
  track(work: Promise<unknown>): void;
  /** The node begins: its actions of that time are due. At its start a node has no metadata. */
  started(name: string, facts: Pick<ConditionFacts, "parameters">): void;
  /** The node is complete, which is recorded or will be with the others of a batch. Returns what it made ready. */
  completed(name: string, facts: ConditionFacts): ReadyNodes;
  /** The turn of these nodes has come, whatever their kind. */
  begin(names: readonly string[]): void;
  /** The end of the node is recorded: acts on it, draws the consequences and begins what is ready. */
  ended(name: string, state: FinalState): Promise<void>;
  /** Somebody has refused that the node begins, which is recorded. Draws the consequences. */
  rejected(name: string, reason: string): Promise<void>;
  /** Nodes whose turn had come, and that are not to begin. */
  skip(names: readonly string[]): Promise<void>;
}
