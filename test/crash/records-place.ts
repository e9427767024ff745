import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HeadraceError } from "../../src/errors.ts";
import { openTestStore, type TestStore } from "../../src/store/fixtures/open-test-store.ts";
import { startPostgres, type TestServer } from "../../src/store/postgres/test-server.ts";

export function stateFolder(root: string): string {
  return join(root, "project", ".headrace");
}

/** The place where the records of a campaign's rounds lie; each round is a project of its own there. */
export interface RecordsPlace extends AsyncDisposable {
  /** Returns the variables for the commands of a round. */
  environment(root: string): Readonly<Record<string, string>>;
  /** Undefined: nothing has been recorded yet. */
  open(root: string): Promise<TestStore | undefined>;
  /**
   * From now on the database is stopped and started, in turn by order and as by a power cut; how often is what it
   * answers when it ends.
   */
  disturb?(pauses: Pauses): Disturbance;
}

export interface Pauses {
  readonly upMs: () => number;
  readonly downMs: () => number;
}

export interface Disturbance {
  /** Ends with the database running; how often it was stopped. */
  end(): Promise<number>;
}

/** A file in each round's project. */
export const FILES: RecordsPlace = {
  environment: () => ({ HEADRACE_DATABASE_URL: "" }),
  async open(root) {
    const file = join(stateFolder(root), "headrace.db");
    return existsSync(file) ? await openTestStore({ file, readOnly: true, projectName: "local" }) : undefined;
  },
  async [Symbol.asyncDispose]() {
    // Each round removes its folder.
  },
};

/** One database of a server of its own. */
export async function startDatabase(): Promise<RecordsPlace> {
  const server = await startPostgres({ max_connections: 200 });
  const url = await server.createDatabase("crash");
  return {
    environment: (root) => ({ HEADRACE_DATABASE_URL: url, HEADRACE_PROJECT: basename(root) }),
    open: (root) => openPatiently(url, basename(root)),
    disturb: (pauses) => disturb(server, pauses),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The message of a command that finds the database away. One that is at work waits for it, and says nothing. */
export const AWAY = /HR_STORE_UNAVAILABLE.*(cannot be reached|is starting up or shutting down)/s;

/** Opening tries once, since an address may be wrong. This one is right. */
async function openPatiently(url: string, projectName: string): Promise<TestStore> {
  for (;;) {
    try {
      return await openTestStore({ url, readOnly: true, projectName });
    } catch (error) {
      if (!(error instanceof HeadraceError && AWAY.test(`${error.code} ${error.message}`))) throw error;
      await delay(100);
    }
  }
}

/** Stops and starts a PostgreSQL again and again. */
export function disturb(server: TestServer, { upMs, downMs }: Pauses): Disturbance {
  const over = new AbortController();
  let outages = 0;
  const working = (async (): Promise<void> => {
    for (;;) {
      await delay(upMs(), undefined, { signal: over.signal });
      await server.stop(outages++ % 2 === 0 ? "fast" : "crash");
      // Not cut short: what the commands wait for must come back.
      await delay(downMs());
      await server.start();
    }
  })();
  return {
    async end() {
      over.abort();
      await working.catch((error: unknown) => {
        if (!over.signal.aborted || !(error instanceof Error) || error.name !== "AbortError") throw error;
      });
      return outages;
    },
  };
}
