import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import pg from "pg";
import { describe, expect, it } from "vitest";
import type { RunDetailView, RunView } from "../../src/api/index.ts";
import { isOnPostgres } from "../rig.ts";
import { stepYaml, WAIT, WaitingRig } from "./waiting-rig.ts";

/** Locks the whole database, as another program might; what is returned releases it. */
async function lockDatabase(root: string): Promise<() => Promise<unknown>> {
  if (isOnPostgres) {
    const client = new pg.Client({ connectionString: process.env.HEADRACE_DATABASE_URL });
    await client.connect();
    await client.query(
      "begin; lock table headrace.executions, headrace.nodes, headrace.metadata_points, headrace.events",
    );
    return () => client.end();
  }
  const database = new Sqlite(join(root, ".headrace", "headrace.db"), { timeout: 10_000 });
  database.exec("begin immediate");
  return async () => database.close();
}

async function abandon(rig: WaitingRig): Promise<void> {
  const first = rig.begin("run", "s");
  await rig.appears("half");
  first.child.kill("SIGKILL");
  await first.result;
}

describe("two processes", () => {
  it("that resume the same run at once: one does, the others are refused", async () => {
    await using rig = new WaitingRig({ "valohai.yaml": stepYaml(WAIT) });
    await abandon(rig);
    const resuming = [1, 2, 3].map(() => rig.begin("resume", "1", "--json"));
    // The two that are refused end at once; the third goes on for as long as the step.
    await Promise.any(
      resuming.map((_one, index) =>
        Promise.all(resuming.filter((_, other) => other !== index).map((each) => each.result)),
      ),
    );
    rig.go();
    const results = await Promise.all(resuming.map((one) => one.result));
    expect(results.map((result) => result.code).sort()).toEqual([0, 1, 1]);
    for (const { code, stdout, stderr } of results) {
      if (code === 1) expect(stdout + stderr).toContain("run 1 is being driven by another process");
      else expect((JSON.parse(stdout) as RunDetailView).nodes[0]?.execution?.metadata).toEqual({ half: 2 });
    }
  });
});

describe("an engine that dies", () => {
  it("while it stops a run: the next one goes on stopping it", async () => {
    await using rig = new WaitingRig({ "valohai.yaml": stepYaml(`trap '' INT; ${WAIT}`) });
    const first = rig.startIn(rig.root, { ...rig.environment, HEADRACE_GRACE_S: "600" }, "run", "s");
    await rig.appears("half");
    first.child.kill("SIGINT");
    for (;;) {
      const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1");
      if (run.nodes[0]?.execution?.state === "stopping") break;
    }
    first.child.kill("SIGKILL");
    await first.result;
    const resumed = await rig.begin("resume", "1", "--json").result;
    const run = JSON.parse(resumed.stdout) as RunDetailView;
    expect([run.state, run.nodes[0]?.state, run.nodes[0]?.reason]).toEqual([
      "stopped",
      "stopped",
      "stopped by the user",
    ]);
  });

  it("before a time-limit is reached: the time counts from the step's own start", async () => {
    await using rig = new WaitingRig({ "valohai.yaml": stepYaml(WAIT, ", time-limit: 3s") });
    await abandon(rig);
    const resumed = await rig.begin("resume", "1", "--json").result;
    const run = JSON.parse(resumed.stdout) as RunDetailView;
    expect(run.nodes[0]?.reason).toBe("its time-limit of 3 s was reached");
  });
});

describe("a database that another process has locked", () => {
  it("is waited for; nothing is lost", async () => {
    await using rig = new WaitingRig({ "valohai.yaml": stepYaml(WAIT) });
    const run = rig.begin("run", "s", "--json");
    await rig.appears("half");
    const unlock = await lockDatabase(rig.root);
    rig.go();
    // Long enough for the step to end, and for several attempts to record it.
    await delay(3_000);
    expect(run.child.exitCode).toBe(null);
    await unlock();
    const { code, stdout } = await run.result;
    expect(code, stdout).toBe(0);
    expect((JSON.parse(stdout) as RunDetailView).nodes[0]?.execution?.metadata).toEqual({ half: 2 });
  });
});

describe("a full disk", () => {
  const isRoot = process.platform === "linux" && process.getuid?.() === 0;
  if (!isRoot) console.error("SKIPPED: the test of a full disk mounts a small file system, which needs root.");

  it.skipIf(!isRoot)("keeps what was recorded readable, and the run ends well once there is space again", async () => {
    // strace says on the step's stderr that its own file has no room, and that line may find none.
    await using rig = new WaitingRig({}, { HEADRACE_TRACER: "off" });
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", rig.root], { encoding: "utf8" });
    expect(mounted.stderr).toBe("");
    using _unmounting = { [Symbol.dispose]: () => spawnSync("umount", ["-l", rig.root]) };
    rig.write(
      "valohai.yaml",
      stepYaml("echo kept > /valohai/outputs/kept.txt").replace("name: s", "name: earlier") + stepYaml(WAIT),
    );
    await rig.json<RunDetailView>(0, "run", "earlier");
    const run = rig.begin("run", "s", "--json");
    await rig.appears("half");
    const filler = join(rig.root, "filler");
    spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"]);
    rig.go();
    const listed = await rig.json<readonly RunView[]>(0, "ls");
    expect(listed.map((one) => one.name)).toEqual(["s", "earlier"]);
    // Records that lie elsewhere may find room for the end of it.
    if (!isOnPostgres) expect(listed.map((one) => one.state)).toEqual(["started", "complete"]);
    expect(
      (await rig.json<{ readonly run: RunDetailView }>(0, "info", "1")).run.nodes[0]?.execution?.outputs[0]?.name,
    ).toBe("kept.txt");
    rmSync(filler);
    const { stdout, stderr, code } = await run.result;
    // An engine that could not write has said so, and left the run to be resumed.
    if (code !== 0 && !stdout.includes('"nodes"')) {
      expect(stdout + stderr).toContain("HR_DISK_FULL");
      await rig.begin("resume").result;
    }
    const { run: after } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "latest");
    expect(after.nodes[0]?.execution?.metadata.half).toBe(after.nodes[0]?.state === "complete" ? 2 : 1);
    expect(["complete", "error"]).toContain(after.state);
  });
});
