import type { FinalState, NodeRecord } from "../store/index.ts";
import type { Consequence, RunGraph } from "./run-graph.ts";

type Skipped = Consequence["skipped"];

/** What an earlier engine did of a run, replayed onto its graph. */
export interface RestoredRun {
  /** Nodes whose turn has come and that nobody began. */
  readonly ready: readonly string[];
  /** Nodes that wait for another attempt. */
  readonly retrying: readonly { readonly node: string; readonly retryAt: number }[];
  /** Nodes that were begun and have not ended, with their executions. */
  readonly unfinished: ReadonlyMap<string, string>;
  readonly ended: readonly { readonly node: string; readonly state: FinalState }[];
  /** What the end of a node skipped, and the engine did not live to record. */
  readonly skipped: Skipped;
  /** Present when a node's end was to stop the run. */
  readonly stopRun?: string;
}

/**
 * The engine may have died between the record of a node's end and what follows from it, so the consequences are drawn again.
 * A failure that stops the whole run comes last, whatever its place in the graph: it must not shut out nodes that had been begun
 * by then.
 */
export function restoreRun(graph: RunGraph, records: readonly NodeRecord[]): RestoredRun {
  const recorded = new Map(records.map((record) => [record.name, record]));
  const ready: string[] = [];
  const retrying: { node: string; retryAt: number }[] = [];
  const unfinished = new Map<string, string>();
  const ended: { node: string; state: FinalState }[] = [];
  const consequences: Consequence[] = [];
  const last: (() => Consequence)[] = [];
  const queue = [...graph.start()];
  // It grows while it is gone through; taking the names out of it would move all the others each time.
  for (const name of queue) {
    const record = recorded.get(name);
    if (record?.state === "waiting" && record.retryAt !== undefined) retrying.push({ node: name, retryAt: record.retryAt });
    else if (record === undefined || record.state === "waiting") ready.push(name);
    else if (record.state === "active") {
      if (record.executionId === undefined) ready.push(name);
      else unfinished.set(name, record.executionId);
    } else {
      const state = record.state === "skipped" ? "stopped" : record.state;
      const end = (): Consequence => graph.end(name, state);
      if (record.state !== "skipped") ended.push({ node: name, state });
      if (state === "error" && graph.node(name).onError === "stop-all") last.push(end);
      else {
        const consequence = end();
        consequences.push(consequence);
        queue.push(...consequence.ready);
      }
    }
  }
  consequences.push(...last.map((end) => end()));
  const stopRun = consequences.find((consequence) => consequence.stopRun !== undefined)?.stopRun;
  const skipped = consequences.flatMap((consequence) => consequence.skipped).filter(({ node }) => recorded.get(node)?.state === "waiting");
  return { ready, retrying, unfinished, ended, skipped, ...(stopRun === undefined ? {} : { stopRun }) };
}
