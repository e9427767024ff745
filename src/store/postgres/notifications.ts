import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type Backoff, backoffMs, pause, spread } from "../../concurrency/index.ts";
import { CHANNEL } from "./commit-outcome.ts";
import type { Connections } from "./connections.ts";
import { fromPg } from "./postgres-errors.ts";

/** A connection on which nothing comes may be dead without saying so; it is asked this often. */
const HEARTBEAT_MS = 15_000;
const PAUSES: Backoff = { firstMs: 50, longestMs: 5_000 };

/**
 * Hears of other processes' commits through one listening connection, which is made anew when it breaks. While nothing
 * happens it asks the server four times a minute.
 */
export class Notifications implements AsyncDisposable {
  readonly #connections: Connections;
  /** The origin of this process's own notifications, which are left out. */
  readonly #origin: string;
  readonly #watchers = new Set<{ readonly series: number | undefined; readonly call: () => void }>();
  readonly #end = new AbortController();
  #life: Promise<void> | undefined;
  #established = Promise.withResolvers<void>();

  constructor(connections: Connections, origin: string) {
    this.#connections = connections;
    this.#origin = origin;
  }

  /** Pending from the first watcher until the server listens, or could not be asked to. */
  get established(): Promise<void> | undefined {
    return this.#life === undefined ? undefined : this.#established.promise;
  }

  watch(series: number | undefined, listener: () => void): () => void {
    const watcher = { series, call: () => listener() };
    this.#watchers.add(watcher);
    this.#life ??= this.#live();
    return () => void this.#watchers.delete(watcher);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watchers.clear();
    this.#end.abort();
    await this.#life;
  }

  async #live(): Promise<void> {
    let failures = 0;
    let mayHaveMissed = false;
    while (!this.#end.signal.aborted) {
      const client = new pg.Client({ ...this.#connections.clientConfig(), application_name: "headrace listener" });
      try {
        await this.#connect(client);
        failures = 0;
        if (mayHaveMissed) this.#callAll();
        this.#established.resolve();
        await this.#listen(client);
      } catch {
        // The next query of the database reports the reason in words; here it is only tried again.
      }
      mayHaveMissed = true;
      this.#established.resolve();
      await client.end().catch(() => {});
      failures += 1;
      await pause(spread(backoffMs(PAUSES, failures)), this.#end.signal);
    }
  }

  async #connect(client: pg.Client): Promise<void> {
    client.on("error", () => {});
    client.on("notification", ({ payload = "" }) => this.#hear(payload));
    await fromPg(client.connect());
    await fromPg(client.query(`listen ${CHANNEL}`));
  }

  /** Returns when the connection has ended or is to end. */
  async #listen(client: pg.Client): Promise<void> {
    const ended = new AbortController();
    client.once("end", () => ended.abort());
    const either = AbortSignal.any([ended.signal, this.#end.signal]);
    for (;;) {
      await delay(HEARTBEAT_MS, undefined, { signal: either });
      await fromPg(client.query("select 1"));
    }
  }

  #hear(payload: string): void {
    const [series, origin] = payload.split(" ");
    if (origin === this.#origin) return;
    for (const watcher of [...this.#watchers])
      if (watcher.series === undefined || `${watcher.series}` === series) watcher.call();
  }

  #callAll(): void {
    for (const watcher of [...this.#watchers]) watcher.call();
  }
}
