import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Handed, SlurmRig } from "./fixtures/slurm-rig.ts";
import { startSlurm } from "./fixtures/start-slurm.ts";

const cluster = await startSlurm();
const rig = new SlurmRig(cluster);
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

async function running(command: readonly string[], by = rig): Promise<Handed & { readonly id: string }> {
  const handed = await by.hand(by.job(command));
  await handed.running.began;
  const [id = ""] = await by.jobIds(handed.job);
  return { ...handed, id };
}

describe("what Slurm refuses is an error in its words", () => {
  test.each<[string, readonly string[], string]>([
    [
      "a partition that is not there",
      ["--partition=nope"],
      "invalid partition specified: nope; Invalid partition name specified",
    ],
    ["devices that no node has", ["--gres=gpu:1"], "Invalid generic resource (gres) specification"],
    [
      "an option that sbatch does not know",
      ["--no-such-option"],
      "unrecognized option '--no-such-option'; Try \"sbatch --help\" for more information",
    ],
  ])("%s", async (_, options, words) => {
    await using strange = new SlurmRig(cluster, options);
    const job = strange.job(["true"]);
    await expect(strange.hand(job)).rejects.toMatchObject({
      code: "HR_STEP_START",
      message: `Slurm refused the step's job: ${words}`,
      hint: "compare the environment's `slurm` settings (partition, account, qos, options) and the step's resources with what `sinfo` and `sacctmgr show assoc` say",
    });
    expect(await strange.executor.attach(job)).toBeUndefined();
  });

  test("more memory than any node has", async () => {
    const refused = rig.hand(rig.job(["true"], { resources: { memoryMaxMb: 9_000_000 } }));
    await expect(refused).rejects.toMatchObject({
      message:
        "Slurm refused the step's job: Memory specification can not be satisfied; Requested node configuration is not available",
    });
  });

  test("programs that are not installed", async () => {
    await using nowhere = new SlurmRig({ ...cluster, environment: { PATH: "/nowhere" } });
    await expect(nowhere.hand(nowhere.job(["true"]))).rejects.toMatchObject({
      message: "the step cannot be handed to Slurm: sbatch is not installed",
    });
    expect(await nowhere.executor.health()).toEqual({ healthy: false, reason: "sinfo is not installed" });
  });
});

describe("waiting", () => {
  test("says what the job waits for, and can be ended in the queue", async () => {
    await using held = new SlurmRig(cluster, ["--hold"]);
    const [first, second] = await Promise.all([held.hand(held.job(["true"])), held.hand(held.job(["true"]))]);
    expect(await held.heard(first, /queue/)).toBe("waiting in the queue: JobHeldUser");
    await first.running.signal("interrupt");
    await second.running.signal("kill");
    expect(await first.running.ended).toEqual({ kind: "signalled", signal: "SIGINT" });
    expect(await second.running.ended).toEqual({ kind: "signalled", signal: "SIGKILL" });
    await expect(first.running.began).rejects.toThrow("it never began");
    expect([await held.jobIds(first.job), await held.jobIds(second.job)]).toEqual([[], []]);
  });

  test("whatever it waits for is Slurm's word, as long as it is so", async () => {
    await cluster.run("scontrol", "update", "partitionname=work", "state=down");
    const handed = await rig.hand(rig.job(["true"]));
    expect(await rig.heard(handed, /queue/)).toBe("waiting in the queue: PartitionDown");
    await using whole = new SlurmRig(cluster, ["--nodelist=n1", "--exclusive"]);
    const first = await whole.hand(whole.job(["sleep 600"]));
    const second = await whole.hand(whole.job(["true"]));
    await cluster.run("scontrol", "update", "partitionname=work", "state=up");
    expect(await handed.running.ended).toEqual({ kind: "exited", exitCode: 0 });
    expect(await whole.heard(second, /Resources|Priority/)).toMatch(/^waiting in the queue: (Resources|Priority)$/);
    await first.running.signal("kill");
    expect(await second.running.ended).toEqual({ kind: "exited", exitCode: 0 });
  });

  test("a job that an administrator takes out of the queue", async () => {
    await using held = new SlurmRig(cluster, ["--hold"]);
    const handed = await held.hand(held.job(["true"]));
    const [id = ""] = await held.jobIds(handed.job);
    await cluster.run("scancel", id);
    expect(await handed.running.ended).toEqual({
      kind: "signalled",
      signal: "SIGTERM",
      reason: `Slurm job ${id} was cancelled by its user or an administrator (scancel) before it began`,
    });
  });

  test("a node that does not see the folder", async () => {
    await using held = new SlurmRig(cluster, ["--hold"]);
    const handed = await held.hand(held.job(["true"]));
    const [id = ""] = await held.jobIds(handed.job);
    rmSync(handed.job.folder, { recursive: true });
    await cluster.run("scontrol", "release", id);
    expect(await handed.running.ended).toEqual({
      kind: "lost",
      reason: expect.stringMatching(
        new RegExp(
          `^Slurm job ${id} ended( on n[12])? \\(FAILED.*\\) before the step began; does that node see the work folder\\?$`,
        ),
      ),
    });
  });
});

describe("a running job", () => {
  test("that an administrator cancels says so", async () => {
    const { running: job, id } = await running(["sleep 60"]);
    await cluster.run("scancel", id);
    expect(await job.ended).toEqual({
      kind: "signalled",
      // A shell that has not become the step yet lets SIGTERM pass, and meets SIGKILL when its time is over.
      signal: expect.stringMatching(/^SIG(TERM|KILL)$/),
      reason: expect.stringMatching(
        `^Slurm job ${id} on n[12] was cancelled by its user or an administrator \\(scancel\\)$`,
      ),
    });
  });

  test("that is cancelled and does not heed it", async () => {
    const { running: job, id } = await running(["trap '' TERM; sleep 60; sleep 60"]);
    await cluster.run("scancel", id);
    expect(await job.ended).toEqual({
      kind: "signalled",
      signal: "SIGKILL",
      reason: expect.stringMatching(
        `^Slurm job ${id} on n[12] was cancelled by its user or an administrator \\(scancel\\)$`,
      ),
    });
  });

  test("that tidies up when it is cancelled keeps its code, and the reason", async () => {
    const {
      running: job,
      job: spec,
      id,
    } = await running(["trap 'echo tidied; exit 3' TERM", "echo ready; for i in $(seq 600); do sleep 0.1; done"]);
    await rig.logged(spec, "ready\n");
    await cluster.run("scancel", id);
    expect(await job.ended).toMatchObject({
      kind: "exited",
      exitCode: 3,
      reason: expect.stringContaining("was cancelled"),
    });
    expect(rig.log(spec)).toBe("ready\ntidied\n");
  });

  test("whose node goes down is lost", async () => {
    const { running: job, id } = await running(["sleep 60"]);
    const node = await cluster.run("squeue", "--noheader", `--jobs=${id}`, "--format=%N");
    await cluster.run("scontrol", "update", `nodename=${node}`, "state=down", "reason=test");
    expect(await job.ended).toEqual({ kind: "lost", reason: `the node of Slurm job ${id} failed (${node})` });
    await cluster.resume(node);
  });

  test("whose node dies with everything on it is lost", async () => {
    const { running: job, id } = await running(["sleep 600"]);
    const node = await cluster.run("squeue", "--noheader", `--jobs=${id}`, "--format=%N");
    await cluster.stop(`slurmd-${node}`);
    expect(await job.ended).toEqual({ kind: "lost", reason: `the node of Slurm job ${id} failed (${node})` });
    await cluster.start(`slurmd-${node}`);
  });

  test("is not put back into the queue by Slurm unless the site wants it; then it is lost, and runs once", async () => {
    const ordinary = await running(["sleep 60"]);
    await expect(cluster.run("scontrol", "requeue", ordinary.id)).rejects.toThrow(
      "Requested operation is presently disabled",
    );
    await ordinary.running.signal("kill");
    await using again = new SlurmRig(cluster, ["--requeue"]);
    const { running: job, job: spec, id } = await running(['echo ran >> "$VH_OUTPUTS_DIR/count"; sleep 60'], again);
    await cluster.run("scontrol", "requeue", id);
    expect(await job.ended).toEqual({
      kind: "lost",
      reason: `Slurm put job ${id} back into the queue after the step had begun`,
    });
    expect(await again.jobIds(spec)).toEqual([]);
  });
});

describe("the controller", () => {
  test("may go away: jobs go on, end and are taken up meanwhile; what is new waits for it", async () => {
    const ends = await running(["until [ -e go ]; do sleep 0.05; done; echo done; exit 4"]);
    const stays = await running(["until [ -e go ]; do sleep 0.05; done; echo done; exit 5"]);
    await cluster.stop("slurmctld", "SIGTERM");
    expect(await rig.heard(stays, /does not answer/)).toMatch(
      /^the Slurm controller does not answer \(.*Unable to contact slurm controller.*\); the job goes on, and is waited for$/,
    );
    writeFileSync(join(ends.job.folder, "valohai/repository/go"), "");
    expect(await ends.running.ended).toMatchObject({ kind: "exited", exitCode: 4 });
    const late = await rig.hand(rig.job(["echo late"]));
    expect(await rig.heard(late, /waiting for Slurm/)).toMatch(
      /^waiting for Slurm to take the job: .*Unable to contact slurm controller/,
    );
    await cluster.start("slurmctld");
    expect(await late.running.ended).toEqual({ kind: "exited", exitCode: 0 });
    writeFileSync(join(stays.job.folder, "valohai/repository/go"), "");
    expect(await stays.running.ended).toMatchObject({ kind: "exited", exitCode: 5 });
    expect([rig.log(ends.job), rig.log(stays.job), rig.log(late.job)]).toEqual(["done\n", "done\n", "late\n"]);
  });
});

describe("one execution, one run of its step", () => {
  test("an engine that died between sbatch and its record does not submit again", async () => {
    await using held = new SlurmRig(cluster, ["--hold"]);
    const first = await held.hand(held.job(["echo ran"]));
    writeFileSync(join(first.job.folder, "control/job"), "");
    await using later = new SlurmRig(cluster);
    const second = await later.hand(first.job);
    const ids = await held.jobIds(first.job);
    expect(ids).toHaveLength(1);
    await cluster.run("scontrol", "release", ...ids);
    expect(await second.running.ended).toEqual({ kind: "exited", exitCode: 0 });
    expect(later.log(first.job)).toBe("ran\n");
  });

  test("a second job of the same step ends at once", async () => {
    const handed = await running(['echo ran >> "$VH_OUTPUTS_DIR/count"; until [ -e go ]; do sleep 0.05; done']);
    const second = await cluster
      .run(
        "sbatch",
        "--parsable",
        "--wait",
        "--output=/dev/null",
        `--job-name=headrace-${handed.job.executionId}`,
        join(handed.job.folder, "control/batch"),
      )
      .catch((error: unknown) => error);
    expect(second).toMatchObject({ code: 67 });
    writeFileSync(join(handed.job.folder, "valohai/repository/go"), "");
    expect(await handed.running.ended).toEqual({ kind: "exited", exitCode: 0 });
  });
});
