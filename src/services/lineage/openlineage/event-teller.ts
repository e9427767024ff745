import type { OpenLineageEvent } from "../../../api/index.ts";
import type { LineageListener, LineageMoment } from "../../../engine/index.ts";
import type { ProjectStore } from "../../../store/index.ts";
import { Exporter, type OpenLineageSettings } from "../../../telemetry/index.ts";
import type { LineageScope } from "./dataset-name.ts";
import { readFacts } from "./read-facts.ts";
import { type EventType, endTypeOf, executionEvent, isOwnJob, runEvent } from "./run-events.ts";

/**
 * Tells a server of OpenLineage what an engine does, as it goes on. The records are read for each event, beside the
 * work of the engine; nothing waits for it, and events that the server does not take are dropped.
 */
export class EventTeller implements LineageListener, AsyncDisposable {
  readonly #store: ProjectStore;
  readonly #scope: LineageScope;
  readonly #exporter: Exporter<OpenLineageEvent>;
  readonly #now: () => number;
  /** Events in their order. */
  #telling: Promise<void> = Promise.resolve();

  constructor(
    { namespace, ...settings }: OpenLineageSettings,
    { store, project, now }: { readonly store: ProjectStore; readonly project: string; readonly now: () => number },
  ) {
    this.#store = store;
    this.#scope = { namespace, project };
    this.#now = now;
    this.#exporter = new Exporter(settings, ([event]) => JSON.stringify(event));
  }

  runChanged(runId: string, moment: LineageMoment): void {
    const at = this.#now();
    this.#tell(async () => {
      const run = await this.#store.runs.get(runId);
      if (run === undefined || isOwnJob(run)) return;
      const type = typeOf(moment, run.state);
      if (type !== undefined) this.#exporter.add(runEvent(this.#scope, run, type, at));
    });
  }

  executionChanged(executionId: string, moment: LineageMoment): void {
    const at = this.#now();
    this.#tell(async () => {
      const [facts] = await readFacts(this.#store, [executionId], (id) => this.#store.runs.get(id));
      const type = facts === undefined ? undefined : typeOf(moment, facts.execution.state);
      if (facts !== undefined && type !== undefined) this.#exporter.add(executionEvent(this.#scope, facts, type, at));
    });
  }

  /** Waits for the records, and a second at most for the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#telling;
    await this.#exporter[Symbol.asyncDispose]();
  }

  #tell(read: () => Promise<void>): void {
    // Records that cannot be read are no reason to fail: the engine meets that error itself.
    this.#telling = this.#telling.then(read).catch(() => undefined);
  }
}

/** Undefined for an end that is not on record: the execution has begun anew since. */
function typeOf(moment: LineageMoment, state: string): EventType | undefined {
  if (moment === "ended") return endTypeOf(state);
  return moment === "started" ? "START" : "RUNNING";
}
