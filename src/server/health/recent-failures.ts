import type { FastifyInstance } from "fastify";

export interface RecentFailure {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly requestId: string;
}

const KEPT = 50;

/** The latest requests that this process failed to answer, without what they named. */
export class RecentFailures {
  #failures: readonly RecentFailure[] = [];

  constructor(app: FastifyInstance, now: () => number) {
    app.addHook("onResponse", async ({ method, routeOptions, id }, { statusCode }) => {
      // 501: this installation cannot, and never could.
      if (statusCode < 500 || statusCode === 501) return;
      const failure = { at: now(), method, route: routeOptions.url ?? "none", status: statusCode, requestId: id };
      this.#failures = [failure, ...this.#failures.slice(0, KEPT - 1)];
    });
  }

  /** The newest first. */
  list(): readonly RecentFailure[] {
    return this.#failures;
  }
}
