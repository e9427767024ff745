import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clearLost, ProjectDriver, type ProjectNotice, RunDriver, Worker, WorkerSlots } from "../../engine/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { SharingRig } from "./fixtures/sharing-rig.ts";

/** A pipeline of steps that do not depend on each other. */
function fan(command: string, count: number): string {
  const nodes = Array.from({ length: count }, (_, index) => `{ name: n${index}, step: s, type: execution }`).join(", ");
  return `- step: { name: s, image: "", command: ${JSON.stringify(command)} }
- pipeline: { name: p, nodes: [${nodes}], edges: [] }
`;
}

const wait = (file: string): string => `while ! [ -e "${file}" ]; do sleep 0.02; done`;

describe("two engines", () => {
  it("work on one run together: its driver has room for one step, and two must run at a time to end", async () => {
    // The repository is a copy, but the folder of the project's own files is a fixed place.
    await using rig = await SharingRig.start("[]");
    const meet = rig.file("meet");
    mkdirSync(meet);
    const command = `mkdir "${meet}/$VH_EXECUTION_ID"; while [ $(ls "${meet}" | wc -l) -lt 2 ]; do sleep 0.02; done`;
    writeFileSync(join(rig.root, "valohai.yaml"), fan(command, 6));
    const [one, two] = [await rig.engine("one"), await rig.engine("two", { pid: 2 })];
    const run = await rig.run("one");
    const notices: ProjectNotice[] = [];
    const leaving = new AbortController();
    const serving = new ProjectDriver(two.parts, {
      slots: new WorkerSlots(1).share(),
      onNotice: (notice) => notices.push(notice),
    }).drive({ signal: leaving.signal });
    expect(
      await new RunDriver(
        one.parts,
        new Worker(one.parts, new WorkerSlots(1).share()),
        run,
        await rig.plan(),
        {},
      ).execute(),
    ).toBe("complete");
    leaving.abort();
    await serving;
    // It never took the run itself, whose driver lived.
    expect(notices).toEqual([]);
    expect((await rig.store.nodes.list(run.id)).map(({ state }) => state)).toEqual(Array(6).fill("complete"));
  });

  it("keep a limit of the environment together", async () => {
    await using rig = await SharingRig.start("[]");
    const alone = rig.file("alone");
    writeFileSync(join(rig.root, "valohai.yaml"), fan(`mkdir "${alone}" && sleep 0.1 && rmdir "${alone}"`, 4));
    const [one, two] = [await rig.engine("one"), await rig.engine("two", { pid: 2 })];
    const limits = { environments: { local: 1 } };
    const run = await rig.run("one");
    const leaving = new AbortController();
    const limited = { ...two.parts, limits };
    const options = { slots: new WorkerSlots(2).share(), onNotice: () => undefined };
    const serving = new ProjectDriver(limited, options).drive({ signal: leaving.signal });
    const parts = { ...one.parts, limits };
    expect(
      await new RunDriver(parts, new Worker(parts, new WorkerSlots(2).share()), run, await rig.plan(), {}).execute(),
    ).toBe("complete");
    leaving.abort();
    await serving;
  });

  it("leave a step to the one that has its environment", async () => {
    await using rig = await SharingRig.start(fan("true", 2));
    const [one, two] = [
      await rig.engine("one", { takesAnyRun: true }),
      await rig.engine("two", { pid: 2, takesAnyRun: true }),
    ];
    const run = await rig.run("one");
    const parts = { ...one.parts, environments: ["another"] };
    const driving = new RunDriver(
      parts,
      new Worker(parts, new WorkerSlots(2).share()),
      run,
      await rig.plan(),
      {},
    ).execute();
    await rig.until(
      async () => (await rig.store.queue.listOpen(run.id)).filter(({ state }) => state === "queued").length === 2,
    );
    const leaving = new AbortController();
    const options = { slots: new WorkerSlots(1).share(), onNotice: () => undefined };
    const able = { ...two.parts, environments: ["another", "local"] };
    const serving = new ProjectDriver(able, options).drive({ signal: leaving.signal });
    expect(await driving).toBe("complete");
    leaving.abort();
    await serving;
  });

  it("drive a run one after the other: who is replaced lets its steps end, and decides nothing any more", async () => {
    await using rig = await SharingRig.start("[]");
    const [go, begun] = [rig.file("go"), rig.file("begun")];
    writeFileSync(join(rig.root, "valohai.yaml"), fan(`echo x >> "${begun}"; ${wait(go)}`, 1));
    const [one, two] = [await rig.engine("one"), await rig.engine("two", { pid: 2 })];
    const run = await rig.run("one");
    const first = new RunDriver(
      one.parts,
      new Worker(one.parts, new WorkerSlots(1).share()),
      run,
      await rig.plan(),
      {},
    ).execute();
    const outcome = first.catch((error: Error) => error.message);
    await rig.until(async () => (await rig.store.queue.listClaimed("one")).length === 1);
    const fence = (await rig.store.runs.claim(run.id, run.fence, "two")) ?? -1;
    const second = new RunDriver(
      two.parts,
      new Worker(two.parts, new WorkerSlots(1).share()),
      { ...run, fence, state: "started" },
      await rig.plan(),
      {},
    ).execute();
    writeFileSync(go, "");
    expect(await second).toBe("complete");
    expect(await outcome).toBe("run 1 is driven by two under fence 2; a write with fence 1 is refused");
    const [execution] = (await rig.store.lists.executions({ runId: run.id, limit: 10 })).items;
    expect(execution).toMatchObject({ state: "complete", attempt: 1 });
  });
});

describe("a step whose engine, elsewhere, is dead", () => {
  it("is ended as lost once it has been silent for long enough", async () => {
    await using rig = await SharingRig.start(fan("true", 1));
    const ghost = await rig.ghost("ghost");
    const one = await rig.engine("one");
    const run = await rig.run("one");
    // No slots here: it is for others to take.
    const driving = new RunDriver(
      one.parts,
      new Worker(one.parts, new WorkerSlots(0).share()),
      run,
      await rig.plan(),
      {},
    ).execute();
    await rig.until(
      async () => (await rig.store.queue.claimNext({ pool: "shared", owner: ghost, at: 1 })) !== undefined,
    );
    await one.watch(10_000);
    expect(await driving).toBe("error");
    expect((await rig.store.lists.executions({ runId: run.id, limit: 10 })).items).toMatchObject([
      { state: "error", reason: "lost: the engine on host ml2 has not been heard of for 10 s" },
    ]);
    await one.watch(2_000);
    expect((await rig.store.engines.list()).map(({ id }) => id)).not.toContain(ghost);
  });

  it("is left to a living engine of the same place, which can find its process", async () => {
    await using rig = await SharingRig.start(fan("true", 1));
    const ghost = await rig.ghost("ghost");
    const heir = await rig.ghost("heir", {
      identity: {
        host: "ml2",
        bootId: "b",
        pid: 2,
        startTime: "1",
        processSpace: "-",
        stateFolder: "/far/.headrace",
        takesAnyRun: true,
      },
    });
    const one = await rig.engine("one");
    const run = await rig.run("one");
    const driving = new RunDriver(
      one.parts,
      new Worker(one.parts, new WorkerSlots(0).share()),
      run,
      await rig.plan(),
      {},
    ).execute();
    await rig.until(
      async () => (await rig.store.queue.claimNext({ pool: "shared", owner: ghost, at: 1 })) !== undefined,
    );
    const [claim] = await rig.store.queue.listClaimed(ghost);
    for (let second = 0; second < 14; second += 2) {
      await rig.store.engines.beat(heir, 1);
      await one.watch(2_000);
    }
    expect((await one.members.lifeOf(ghost)).life).toBe("dead");
    expect(await rig.store.queue.listClaimed(ghost)).toHaveLength(1);
    const fence = (await rig.store.queue.adopt(claim?.executionId ?? "", claim?.fence ?? -1, heir)) ?? -1;
    await rig.store.executions.finish(claim?.executionId ?? "", fence, { state: "complete", outputs: [], at: 5 });
    expect(await driving).toBe("complete");
  });

  it("is adopted where its folder is within reach, beyond the slots, and nothing begins anew", async () => {
    await using rig = await SharingRig.start("[]");
    const [go, begun] = [rig.file("go"), rig.file("begun")];
    writeFileSync(join(rig.root, "valohai.yaml"), fan(`echo x >> "${begun}"; ${wait(go)}; echo end`, 1));
    const [one, two] = [await rig.engine("one"), await rig.engine("two", { pid: 2 })];
    const run = await rig.run("one");
    const worker = new Worker(one.parts, new WorkerSlots(1).share());
    const first = new RunDriver(one.parts, worker, run, await rig.plan(), {}).execute();
    await rig.until(async () => (await rig.store.queue.listClaimed("one")).length === 1);
    worker.giveUp(new Error("as if it were killed"));
    await expect(first).rejects.toThrow("as if it were killed");
    // Marked as gone, but known: its step stands under its name.
    await one.members[Symbol.asyncDispose]();
    const notices: ProjectNotice[] = [];
    const server = new ProjectDriver(two.parts, {
      slots: new WorkerSlots(0).share(),
      onNotice: (notice) => {
        notices.push(notice);
        if (notice.kind === "adopted") writeFileSync(go, "");
      },
    });
    await server.drive({ until: "idle", signal: new AbortController().signal });
    expect(notices.map(({ kind }) => kind)).toEqual(["run-taken", "adopted", "run-ended"]);
    expect(await rig.store.runs.get(run.id)).toMatchObject({ state: "complete", owner: "two", fence: 2 });
    expect((await rig.store.lists.executions({ runId: run.id, limit: 10 })).items).toHaveLength(1);
  });
});

it("an engine whose step was taken from it ends the process and clears the folder", async () => {
  await using rig = await SharingRig.start("[]");
  const go = rig.file("go");
  writeFileSync(
    join(rig.root, "valohai.yaml"),
    fan(`echo '{"begun": 1}'; ${wait(go)}; echo '{"n": 1}'; sleep 1000`, 1),
  );
  const own = rig.file("own-place");
  mkdirSync(join(own, "executions"), { recursive: true });
  const one = await rig.engine("one", { stateFolder: own });
  const ghost = await rig.ghost("ghost");
  const run = await rig.run("one");
  const driving = new RunDriver(
    one.parts,
    new Worker(one.parts, new WorkerSlots(1).share()),
    run,
    await rig.plan(),
    {},
  ).execute();
  await rig.until(async () => (await rig.store.queue.listClaimed("one")).length === 1);
  const [claim] = await rig.store.queue.listClaimed("one");
  if (claim === undefined) throw new Error("it was claimed a moment ago");
  const folder = join(own, "executions", claim.executionId);
  await rig.until(async () => (await rig.store.executions.get(claim.executionId))?.metadata.begun === 1);
  const fence = (await rig.store.queue.adopt(claim.executionId, claim.fence, ghost)) ?? -1;
  await rig.store.executions.finish(claim.executionId, fence, {
    state: "error",
    reason: "lost: …",
    outputs: [],
    at: 5,
  });
  writeFileSync(go, "");
  expect(await driving).toBe("error");
  expect(existsSync(join(folder, "valohai"))).toBe(false);
  expect(await rig.store.executions.get(claim.executionId)).toMatchObject({ state: "error", reason: "lost: …" });
});

it("an engine that comes back to a place ends the processes of steps that were given up as lost meanwhile", async () => {
  await using rig = await SharingRig.start("[]");
  const pid = rig.file("pid");
  writeFileSync(join(rig.root, "valohai.yaml"), fan(`echo $$ > "${pid}"; echo '{"begun": 1}'; sleep 1000`, 1));
  const own = rig.file("own-place");
  mkdirSync(join(own, "executions"), { recursive: true });
  const one = await rig.engine("one", { stateFolder: own });
  const run = await rig.run("one");
  const worker = new Worker(one.parts, new WorkerSlots(1).share());
  const driving = new RunDriver(one.parts, worker, run, await rig.plan(), {}).execute();
  await rig.until(
    async () => (await rig.store.lists.executions({ runId: run.id, limit: 1 })).items[0]?.metadata.begun === 1,
  );
  worker.giveUp(new Error("as if it were killed"));
  await expect(driving).rejects.toThrow("as if it were killed");
  const step = Number(readFileSync(pid, "utf8"));
  const [claim] = await rig.store.queue.listClaimed("one");
  if (claim === undefined) throw new Error("its step stands under its name");
  const back = await rig.engine("two", { stateFolder: own, pid: 2 });
  const folder = join(own, "executions", claim.executionId);
  // Still under way for the record: it is there to be adopted.
  await clearLost(back.parts, join(own, "executions"));
  expect([process.kill(step, 0), existsSync(join(folder, "valohai"))]).toEqual([true, true]);
  const fence = (await rig.store.queue.adopt(claim.executionId, claim.fence, await rig.ghost("ghost"))) ?? -1;
  await rig.store.executions.finish(claim.executionId, fence, {
    state: "error",
    reason: "lost: …",
    outputs: [],
    at: 5,
  });
  await clearLost(back.parts, join(own, "executions"));
  expect(() => process.kill(step, 0)).toThrow("ESRCH");
  expect(existsSync(join(folder, "valohai"))).toBe(false);
});

it("an idle engine asks one question every two seconds", async () => {
  await using rig = await SharingRig.start(fan("true", 1));
  const asked: string[] = [];
  const counted = <T extends object>(repository: T): T =>
    new Proxy(repository, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (name !== "listen") asked.push(String(name));
          return Reflect.apply(value, target, args);
        };
      },
    });
  const { runs, nodes, executions, queue, data, metadata, reuse, engines, events, snapshots } = rig.store;
  const counting: ProjectStore = {
    ...rig.store,
    ...{
      runs: counted(runs),
      nodes: counted(nodes),
      executions: counted(executions),
      queue: counted(queue),
      data: counted(data),
    },
    ...{ metadata: counted(metadata), reuse: counted(reuse), engines: counted(engines), events: counted(events) },
    snapshots: counted(snapshots),
  };
  const one = await rig.engine("one", {}, counting);
  await rig.ghost("ghost");
  await one.members.look();
  const leaving = new AbortController();
  const options = { slots: new WorkerSlots(2).share(), onNotice: () => undefined };
  const serving = new ProjectDriver(one.parts, options).drive({ signal: leaving.signal });
  // It has looked when it has been told of something and found nothing to do.
  const run = await rig.run(undefined);
  await rig.until(async () => (await rig.store.runs.get(run.id))?.state === "complete");
  await new Promise((resolve) => setTimeout(resolve, 300));
  asked.length = 0;
  for (let beats = 0; beats < 4; beats++) await one.members.look();
  expect(asked).toEqual(["beat", "beat", "beat", "beat"]);
  leaving.abort();
  await serving;
});
