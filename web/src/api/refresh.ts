import type { QueryClient } from "@tanstack/react-query";
import type { EventView } from "../../../src/api/index.ts";

/** No list is asked for more often than this while much happens; the first event of a quiet time counts at once. */
const PAUSE_MS = 700;

const LISTS = new Set(["/api/v0/projects/:project/runs/", "/api/v0/projects/:project/executions/"]);
const OF_RUN = new Set([
  "/api/v0/projects/:project/runs/:run/",
  "/api/v0/projects/:project/runs/:run/nodes/",
  "/api/v0/projects/:project/runs/:run/tasks/:node/",
  "/api/v0/projects/:project/records/:ref/why/",
  "/api/v0/projects/:project/records/:ref/outputs/",
]);
const OF_EXECUTION = new Set([
  "/api/v0/projects/:project/executions/:execution/",
  "/api/v0/projects/:project/executions/:execution/checks/",
]);
const FILES = new Set(["/api/v0/projects/:project/files/"]);
const LINEAGE = new Set(["/api/v0/projects/:project/lineage/"]);
const METRICS = new Set(["/api/v0/projects/:project/metrics/"]);

/** The reads whose answers an event has made old. */
function pathsOf({ body }: EventView): readonly ReadonlySet<string>[] {
  switch (body.kind) {
    case "run-created":
      return [LISTS];
    case "run-labelled":
    case "run-state":
    case "node-state":
    case "approval-decided":
    case "stop-requested":
    case "trial-reused":
    case "trials-added":
      return [LISTS, OF_RUN];
    case "execution-created":
    case "execution-state":
      return [LISTS, OF_RUN, OF_EXECUTION, LINEAGE];
    case "execution-metadata":
      return [METRICS, OF_RUN, OF_EXECUTION];
    case "execution-progress":
    case "warning":
      return [OF_EXECUTION];
    case "datum-created":
      return [FILES, OF_EXECUTION, LINEAGE];
  }
}

/** Marks what events made old, so that the reads in sight are made again; all others when they come into sight. */
export class Refresher {
  readonly #client: QueryClient;
  readonly #due = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  take(event: EventView): void {
    for (const paths of pathsOf(event)) for (const path of paths) this.#due.add(path);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#refresh(), Math.max(40, this.#last + PAUSE_MS - performance.now()));
  }

  #refresh(): void {
    this.#timer = undefined;
    this.#last = performance.now();
    const due = new Set(this.#due);
    this.#due.clear();
    void this.#client.invalidateQueries(
      { predicate: ({ queryKey: [path] }) => typeof path === "string" && due.has(path) },
      // A read under way may have begun before the event; it is made again.
      { cancelRefetch: true },
    );
  }
}
