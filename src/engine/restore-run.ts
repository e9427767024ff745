import type { FinalState, NodeRecord } from "../store/index.ts";
import type { Consequence, RunGraph } from "./run-graph.ts";

type Skipped = Consequence["skipped"];

/** The answer of a person who was asked at a node's end. `open`: nobody has answered; `rejected`: nothing follows. */
export type EndAnswer = "open" | "rejected";

/** The work of an earlier engine on a run, replayed onto its graph. */
export interface RestoredRun {
  /** Nodes whose turn has come and that nobody began. */
  readonly ready: readonly string[];
  /** Nodes whose turn had come: begun and not ended, or waiting for something. Active nodes come first. */
  readonly begun: readonly NodeRecord[];
  readonly ended: readonly { readonly node: string; readonly state: FinalState }[];
  /** Those of them from whose ends nothing follows before somebody lets it. */
  readonly held: readonly { readonly node: string; readonly state: FinalState }[];
  /** The nodes that the end of a node skipped, and that the engine did not live to record. */
  readonly skipped: Skipped;
  /** Present when a node's end was to stop the run. */
  readonly stopRun?: string;
}

/**
 * The engine may have died between the record of a node's end and what follows from it, so the consequences are drawn
 * again. A failure that stops the whole run comes last, whatever its place in the graph: it must not shut out nodes
 * that had been begun by then.
 */
export function restoreRun(
  graph: RunGraph,
  records: readonly NodeRecord[],
  answers: ReadonlyMap<string, EndAnswer> = new Map(),
): RestoredRun {
  const recorded = new Map(records.map((record) => [record.name, record]));
  const ready: string[] = [];
  const active: NodeRecord[] = [];
  const waiting: NodeRecord[] = [];
  const ended: { node: string; state: FinalState }[] = [];
  const held: { node: string; state: FinalState }[] = [];
  const consequences: Consequence[] = [];
  const last: (() => Consequence)[] = [];
  const queue = [...graph.start()];
  // It grows while it is gone through; taking the names out of it would move all the others each time.
  for (const name of queue) {
    const record = recorded.get(name);
    if (record?.state === "waiting" && record.waitingFor !== undefined) waiting.push(record);
    else if (record === undefined || record.state === "waiting") ready.push(name);
    else if (record.state === "active") active.push(record);
    else {
      const state = record.state === "skipped" ? "stopped" : record.state;
      const answer = answers.get(name);
      const end = (): Consequence =>
        answer === "rejected" ? graph.end(name, "stopped", `${name} was rejected`) : graph.end(name, state);
      if (record.state !== "skipped") ended.push({ node: name, state });
      if (answer === "open") held.push({ node: name, state });
      else if (state === "error" && graph.node(name).onError === "stop-all") last.push(end);
      else {
        const consequence = end();
        consequences.push(consequence);
        queue.push(...consequence.ready);
      }
    }
  }
  consequences.push(...last.map((end) => end()));
  const stopRun = consequences.find((consequence) => consequence.stopRun !== undefined)?.stopRun;
  const skipped = consequences
    .flatMap((consequence) => consequence.skipped)
    .filter(({ node }) => recorded.get(node)?.state === "waiting");
  return { ready, begun: [...active, ...waiting], ended, held, skipped, ...(stopRun === undefined ? {} : { stopRun }) };
}
