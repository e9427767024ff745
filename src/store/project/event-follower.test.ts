import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../planning/index.ts";
import { openTestStore } from "../fixtures/open-test-store.ts";
import type { EventRecord, ProjectStore } from "../index.ts";
import { EventFollower } from "./event-follower.ts";

async function withRun(
  nodes: readonly string[],
  test: (store: ProjectStore, runId: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "headrace-follow-"));
  try {
    await using store = await openTestStore({ file: join(folder, "db"), projectName: "p" });
    const planned = nodes.map((name) => ({ name, dependsOn: [], step: { name: "s" } }));
    const plan = { kind: "pipeline", name: "p", parameters: {}, nodes: planned } as unknown as Plan;
    const run = await store.runs.create({ plan, commit: "c", jobs: 1, actor: "local:me", tags: [], at: 1 });
    await test(store, run.id);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${index}`);

/** One event log in memory, so that the moment of each commit can be chosen. */
class Log {
  readonly events: EventRecord[] = [];
  listener: () => void = () => undefined;
  onRead: () => void = () => undefined;

  commit(): void {
    const id = this.events.length + 1;
    this.events.push({
      ...{ id, at: id, project: "p", subject: { kind: "run", id: "r" }, v: 1 },
      body: { kind: "run-state", runId: "r", state: "started" },
    });
    this.listener();
  }

  listen(listener: () => void): () => void {
    this.listener = listener;
    return () => {
      this.listener = () => undefined;
    };
  }

  async list({
    afterId,
    limit,
  }: {
    readonly afterId: number;
    readonly limit: number;
  }): Promise<readonly EventRecord[]> {
    const page = this.events.filter((event) => event.id > afterId).slice(0, limit);
    if (page.length === 0) this.onRead();
    return page;
  }
}

describe("EventFollower", () => {
  it("delivers every event once and in order, over any number of pages, what was committed last before the end included", async () => {
    await withRun(names(1200), async (store, runId) => {
      const delivered: EventRecord[] = [];
      const follower = store.events.follow({ runId }, (event) => delivered.push(event));
      await store.runs.setState(runId, { state: "started", at: 2 });
      await store.nodes.skip(runId, names(1200), "enough", 3);
      await store.runs.setState(runId, { state: "stopped", at: 4 });
      await follower.close();
      expect(delivered).toEqual(await store.events.list({ afterId: 0, runId, limit: 10_000 }));
      expect(delivered).toHaveLength(1203);
    });
  });

  it("leaves out other runs, and is silent once closed", async () => {
    await withRun(["a"], async (store, runId) => {
      const plan = { kind: "step", name: "s", parameters: {}, nodes: [] } as unknown as Plan;
      const delivered: string[] = [];
      const follower = store.events.follow({ runId }, ({ body }) => delivered.push(body.kind));
      await store.runs.create({ plan, commit: "c", jobs: 1, actor: "local:me", tags: [], at: 2 });
      await follower.close();
      await store.runs.setState(runId, { state: "started", at: 3 });
      expect(delivered).toEqual(["run-created"]);
    });
  });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    "misses no commit that comes %d turns of the microtask queue after a read found nothing",
    async (turns) => {
      const log = new Log();
      const delivered = Promise.withResolvers<number>();
      log.onRead = () => {
        log.onRead = () => undefined;
        const wait = async (): Promise<void> => {
          for (let turn = 0; turn < turns; turn++) await undefined;
          log.commit();
        };
        void wait();
      };
      const follower = new EventFollower(log, { runId: "r" }, (event) => delivered.resolve(event.id));
      expect(await delivered.promise).toBe(1);
      await follower.close();
    },
  );

  it("stops at the first failure and tells it at the end, not as an unhandled rejection", async () => {
    const log = new Log();
    const delivered: number[] = [];
    const follower = new EventFollower(log, { runId: "r" }, ({ id }) => {
      delivered.push(id);
      if (id === 2) throw new Error("the screen is gone");
    });
    for (let count = 0; count < 4; count++) log.commit();
    await new Promise((resolve) => setImmediate(resolve));
    log.commit();
    await expect(follower.close()).rejects.toThrow("the screen is gone");
    expect(delivered).toEqual([1, 2]);
  });
});
