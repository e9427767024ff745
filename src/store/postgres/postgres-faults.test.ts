import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventsOf, newRun, planOf, queueNode, startNode } from "../conformance/rig.ts";
import { statement } from "../database.ts";
import { openTestStore, type TestStore } from "../fixtures/open-test-store.ts";
import type { ProjectStore } from "../index.ts";
import { type CommitFault, FaultProxy } from "./fault-proxy.ts";
import { openPostgres } from "./open-postgres.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "./test-server.ts";

describe.skipIf(whyNoPostgres() !== undefined)("PostgreSQL and its network fail", () => {
  let server: TestServer;
  let project = 0;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  function open(
    options: { readonly url?: string; readonly projectName?: string; readonly lockTimeoutMs?: number } = {},
  ): Promise<TestStore> {
    return openTestStore({ url: server.url, projectName: `faults ${++project}`, ...options });
  }

  async function allNumbers(store: ProjectStore): Promise<readonly number[]> {
    return [
      ...(await store.lists.runs({ limit: 1_000 })).items,
      ...(await store.lists.executions({ limit: 10_000 })).items,
    ].map((each) => each.number);
  }

  test.each<CommitFault>(["lose-commit", "lose-answer"])(
    "a commit whose answer does not come happens once (%s)",
    async (fault) => {
      await using proxy = await FaultProxy.start(server);
      await using store = await open({ url: proxy.url });
      const run = await store.runs.create(newRun());
      for (const node of ["a", "b"]) {
        proxy.failNextCommit(fault);
        const execution = await queueNode(store, run, node);
        proxy.failNextCommit(fault);
        const fence = await store.queue.claim(execution.id, "host:1:1", 3);
        expect(fence).toBe(1);
        proxy.failNextCommit(fault);
        await store.executions.finish(execution.id, 1, { state: "complete", exitCode: 0, outputs: [], at: 4 });
      }
      expect(proxy.happened).toEqual(Array.from({ length: 6 }, () => fault));
      expect((await allNumbers(store)).toSorted()).toEqual([1, 2, 3]);
      const kinds = (await eventsOf(store, run.id)).map((event) => event.kind);
      const perNode = ["node-state", "execution-created", "execution-state", "execution-state", "node-state"];
      expect(kinds).toEqual(["run-created", ...perNode, ...perNode]);
    },
  );

  test.each<CommitFault>(["lose-commit", "lose-answer"])(
    "all that shared the commit happen once (%s)",
    async (fault) => {
      await using proxy = await FaultProxy.start(server);
      await using store = await open({ url: proxy.url });
      proxy.failNextCommit(fault);
      const runs = await Promise.all(Array.from({ length: 10 }, () => store.runs.create(newRun())));
      expect(proxy.happened).toEqual([fault]);
      expect(runs.map((run) => run.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect((await store.lists.runs({ limit: 20 })).items.map((run) => run.id)).toEqual(
        runs.map((run) => run.id).toReversed(),
      );
      expect(await eventsOf(store)).toHaveLength(10);
    },
  );

  test.each([
    ["between the connection and the first question", "lose-look", (proxy: FaultProxy) => proxy.failNextLook()],
    ["while it is connected to", "shut-down", (proxy: FaultProxy) => proxy.failNextConnection()],
  ] as const)("a server that goes away %s is waited for", async (_, fault, fail) => {
    await using proxy = await FaultProxy.start(server);
    fail(proxy);
    await using store = await open({ url: proxy.url });
    expect([proxy.happened, (await store.lists.runs({ limit: 1 })).items]).toEqual([[fault], []]);
  });

  test("a server that crashes and comes back again and again loses nothing and repeats nothing", async () => {
    await using store = await open();
    const nodes = Array.from({ length: 120 }, (_, index) => `n${index}`);
    const run = await store.runs.create(newRun({ plan: planOf(nodes) }));
    const queue = nodes.values();
    const reported: string[] = [];
    const work = async () => {
      for (const node of queue) {
        const { id, fence } = await startNode(store, run, node);
        expect(fence).toBe(1);
        await store.executions.finish(id, fence, { state: "complete", exitCode: 0, outputs: [], at: 4 });
        reported.push(id);
      }
    };
    const working = Promise.all(Array.from({ length: 6 }, work));
    for (const how of ["crash", "fast", "crash"] as const) {
      const before = reported.length;
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = setInterval(() => (reported.length > before + 10 ? resolve() : undefined), 1);
      await promise;
      clearInterval(look);
      await server.stop(how);
      await server.start();
    }
    await working;
    expect(reported).toHaveLength(120);
    expect((await allNumbers(store)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 121 }, (_, index) => index + 1),
    );
    const events = await store.events.list({ afterId: 0, limit: 10_000 });
    expect(events.map((event) => event.body.kind).toSorted()).toEqual(
      [
        "run-created",
        ...nodes.flatMap(() => ["execution-created", "execution-state", "execution-state", "node-state", "node-state"]),
      ].toSorted(),
    );
    expect(events.map((event) => event.id)).toEqual(events.map((event) => event.id).toSorted((a, b) => a - b));
    expect((await store.nodes.list(run.id)).every((node) => node.state === "complete")).toBe(true);
  });

  test("who listens hears of commits also after its connection broke", async () => {
    await using writer = await open({ projectName: "listened" });
    await using reader = await open({ projectName: "listened" });
    let heard = Promise.withResolvers<void>();
    reader.events.listen(() => heard.resolve());
    expect(await eventsOf(reader)).toEqual([]);
    await writer.runs.create(newRun());
    await heard.promise;
    heard = Promise.withResolvers();
    const ended = await server.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'headrace listener'",
    );
    expect(ended).toHaveLength(1);
    await writer.runs.create(newRun());
    await heard.promise;
    expect(await eventsOf(reader)).toHaveLength(2);
  });

  test("a server that stays away is told in words, and what comes later works again", async () => {
    await using store = await open({ lockTimeoutMs: 50 });
    await server.stop("fast");
    const failure = {
      code: "HR_STORE_UNAVAILABLE",
      message: expect.stringContaining(`postgres://postgres@${server.folder}/postgres`),
    };
    await expect(store.runs.create(newRun())).rejects.toMatchObject(failure);
    await expect(store.lists.runs({ limit: 1 })).rejects.toMatchObject(failure);
    await server.start();
    const [run] = await Promise.all([store.runs.create(newRun()), store.runs.latestNumber()]);
    expect(run.number).toBe(1);
  });

  describe("another program holds a row", () => {
    async function holdRow(text: string): Promise<{ readonly release: () => Promise<void> }> {
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query("begin");
      await client.query(text);
      return {
        release: async () => {
          await client.query("rollback");
          await client.end();
        },
      };
    }

    test("work that shares a transaction does not wait with it", async () => {
      await using store = await open();
      const run = await store.runs.create(newRun());
      const { id } = await queueNode(store, run, "a");
      const held = await holdRow(`select 1 from headrace.executions where id = '${id}' for update`);
      const order: string[] = [];
      const note = (what: string) => () => void order.push(what);
      const first = store.runs.setState(run.id, { state: "started", at: 1 }).then(note("run"));
      const claim = store.queue.claim(id, "host:1:1", 2).then((fence) => order.push(`claimed ${fence}`));
      await first;
      expect(order).toEqual(["run"]);
      await held.release();
      await claim;
      expect(order).toEqual(["run", "claimed 1"]);
    });

    test("after the patience it is told who is in the way", async () => {
      await using store = await open({ lockTimeoutMs: 20 });
      const run = await store.runs.create(newRun());
      const { id } = await queueNode(store, run, "a");
      const held = await holdRow(`select 1 from headrace.executions where id = '${id}' for update`);
      await expect(store.queue.claim(id, "host:1:1", 2)).rejects.toMatchObject({
        code: "HR_STORE_UNAVAILABLE",
        message: `the database postgres://postgres@${server.folder}/postgres is locked by another transaction`,
        hint: "wait for it or end it; `select pid, state, query from pg_stat_activity` lists who is there",
      });
      await held.release();
      expect(await store.queue.claim(id, "host:1:1", 2)).toBe(1);
    });
  });

  test("a question that the server gave up for another transaction is asked again, until the patience ends", async () => {
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    // A sequence counts also what is undone.
    await admin.query(`
      create sequence asked;
      create function once_in_the_way() returns int language plpgsql as $$
      begin
        if nextval('public.asked') % 3 <> 0 then raise exception using errcode = '40P01', message = 'deadlock detected'; end if;
        return 7;
      end $$`);
    await admin.end();
    const ask = statement<Record<string, never>, { answer: number }>("select public.once_in_the_way() as answer");
    await using patient = await openPostgres({ url: server.url, readOnly: false, lockTimeoutMs: 60_000 });
    expect(await patient.get(ask, {})).toEqual({ answer: 7 });
    await using hasty = await openPostgres({ url: server.url, readOnly: false, lockTimeoutMs: 1 });
    await expect(hasty.get(ask, {})).rejects.toMatchObject({ code: "HR_STORE_UNAVAILABLE" });
  });

  test("who reads on from the last event misses none, however many write", async () => {
    const stores = [
      await open({ projectName: "order" }),
      await open({ projectName: "order" }),
      await open({ projectName: "order" }),
    ];
    await using reader = await open({ projectName: "order" });
    const nodes = Array.from({ length: 300 }, (_, index) => `n${index}`);
    const run = await reader.runs.create(newRun({ plan: planOf(nodes) }));
    const queue = (await Promise.all(nodes.map((node) => queueNode(reader, run, node)))).map(({ id }) => id).values();
    const seen: number[] = [];
    let writing = true;
    const read = async () => {
      for (;;) {
        const last = !writing;
        const events = await reader.events.list({ afterId: seen.at(-1) ?? 0, limit: 1_000 });
        seen.push(...events.map((event) => event.id));
        if (last && events.length === 0) return;
      }
    };
    const reading = read();
    // Claims have no row in common: nothing but the order of events could hold one back for another.
    const claimAll = async (store: ProjectStore) => {
      for (const id of queue) await store.queue.claim(id, "host:1:1", 1);
    };
    await Promise.all(stores.map(claimAll));
    writing = false;
    await reading;
    const all = await reader.events.list({ afterId: 0, limit: 1_000 });
    expect(all).toHaveLength(901);
    expect(seen).toEqual(all.map((event) => event.id));
    for (const store of stores) await store[Symbol.asyncDispose]();
  });
});
