import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { type Handed, SlurmRig } from "./fixtures/slurm-rig.ts";
import { startSlurm } from "./fixtures/start-slurm.ts";

// The queue forgets a job two seconds after its end; what became of it, accounting alone knows then.
const cluster = await startSlurm({ accounting: true, configuration: ["MinJobAge=2"] });
afterAll(() => cluster[Symbol.asyncDispose]());
// Side by side: most of each test is the queue's time to forget.

/** A job that an engine hands over which dies then. */
async function handAndDie(command: readonly string[], options: readonly string[] = []) {
  const dying = new SlurmRig(cluster, options);
  const handed = await dying.hand(dying.job(command));
  if (options.length === 0) await handed.running.began;
  const [id = ""] = await dying.jobIds(handed.job);
  await dying[Symbol.asyncDispose]();
  return { job: handed.job, id };
}

async function forgotten(id: string): Promise<void> {
  while (
    (await cluster.run("squeue", "--noheader", "--states=all", `--jobs=${id}`, "--format=%i").catch(() => "")) !== ""
  )
    await delay(100);
}

test.concurrent("a job that was cancelled in the queue while no engine was there is not submitted again", async () => {
  const { job, id } = await handAndDie(["echo ran"], ["--hold"]);
  await cluster.run("scancel", id);
  await forgotten(id);
  await using later = new SlurmRig(cluster);
  const handed: Handed = await later.hand(job);
  expect(await handed.running.ended).toEqual({
    kind: "signalled",
    signal: "SIGTERM",
    reason: `Slurm job ${id} was cancelled by its user or an administrator (scancel) before it began`,
  });
  expect(later.log(job)).toBe("");
  expect(await later.jobIds(job)).toEqual([]);
});

test.concurrent("a step that was cancelled while no engine was there has Slurm's reason", async () => {
  const { job, id } = await handAndDie(["sleep 600"]);
  await cluster.run("scancel", id);
  await forgotten(id);
  await using later = new SlurmRig(cluster);
  const running = await later.executor.attach(job);
  expect(await running?.ended).toEqual({
    kind: "signalled",
    // A shell that has not become the step yet lets SIGTERM pass, and meets SIGKILL when its time is over.
    signal: expect.stringMatching(/^SIG(TERM|KILL)$/),
    reason: expect.stringMatching(
      `^Slurm job ${id} on n[12] was cancelled by its user or an administrator \\(scancel\\)$`,
    ),
  });
});

test.concurrent("a job whose processes were all killed, and which left no exit, has it too", async () => {
  const { job, id } = await handAndDie(["sleep 600"]);
  await cluster.run("scancel", "--signal=KILL", "--full", id);
  await forgotten(id);
  await using later = new SlurmRig(cluster);
  const running = await later.executor.attach(job);
  expect(await running?.ended).toMatchObject({ reason: expect.stringContaining(`Slurm job ${id}`) });
});
