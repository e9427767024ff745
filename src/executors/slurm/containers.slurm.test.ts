import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JobSpec } from "../executor.ts";
import { SlurmRig } from "./fixtures/slurm-rig.ts";
import { startSlurm } from "./fixtures/start-slurm.ts";

/**
 * Debian has no Apptainer. This stands in for it where it matters to us: the options that it takes, a root of its own
 * with the binds in it, the environment handed on, and a message of its own with status 255 for an image that it cannot
 * have.
 */
const APPTAINER = `#!/bin/bash
view=(--unshare-pid --die-with-parent --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --proc /proc --dev /dev --tmpfs /tmp)
while [[ $1 == -* || $1 == exec ]]; do
  case $1 in
    --pwd) pwd=$2; shift 2 ;;
    --bind) IFS=: read -r from to mode <<<"$2"; if [[ $mode == ro ]]; then view+=(--ro-bind "$from" "$to"); else view+=(--bind "$from" "$to"); fi; shift 2 ;;
    *) shift ;;
  esac
done
[[ $1 == docker://python:3.12 ]] || { echo "FATAL:   Unable to handle $1" >&2; exit 255; }
shift
exec bwrap "\${view[@]}" --chdir "$pwd" -- "$@"
`;

const cluster = await startSlurm();
const programs = join(cluster.workFolder, "bin");
const searched = {
  ...cluster,
  environment: { ...cluster.environment, PATH: `${programs}:${cluster.environment.PATH}` },
};
const rig = new SlurmRig(searched, [], undefined, "apptainer");
beforeAll(() => {
  mkdirSync(programs);
  writeFileSync(join(programs, "apptainer"), APPTAINER);
  chmodSync(join(programs, "apptainer"), 0o755);
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});

function jobOf(command: readonly string[], more: Partial<JobSpec> = {}): JobSpec {
  const job = rig.job(command, { image: "python:3.12", ...more });
  mkdirSync(join(job.folder, "valohai/inputs/data"), { recursive: true });
  writeFileSync(join(job.folder, "valohai/inputs/data/a"), "input\n");
  return job;
}

test("a step with an image runs in it, below /valohai", async () => {
  const job = jobOf(
    [
      'pwd; echo "$VH_INPUTS_DIR $LR"',
      'cat "$VH_INPUTS_DIR/data/a" > "$VH_OUTPUTS_DIR/copy"',
      '[[ -e /home ]] || echo "a root of its own"',
    ],
    { environment: { LR: "0.1 'x'" } },
  );
  expect(await rig.executor.prepare(job, expect.fail, new AbortController().signal)).toEqual({
    valohaiRoot: "/valohai",
    facts: { sandbox: "none", container: "apptainer", image: "python:3.12" },
    warnings: [],
    surroundings: { "variable LANG": "C.UTF-8" },
  });
  const { running } = await rig.hand(job);
  expect(await running.ended).toEqual({ kind: "exited", exitCode: 0 });
  expect(rig.log(job)).toBe("/valohai/repository\n/valohai/inputs 0.1 'x'\na root of its own\n");
  expect(readFileSync(join(job.folder, "valohai/outputs/copy"), "utf8")).toBe("input\n");
});

test("cannot change its inputs", async () => {
  const job = jobOf(["echo more >> /valohai/inputs/data/a"]);
  expect(await (await rig.hand(job)).running.ended).toMatchObject({ kind: "exited", exitCode: 1 });
  expect(readFileSync(join(job.folder, "valohai/inputs/data/a"), "utf8")).toBe("input\n");
});

test("a shebang line counts in there, too", async () => {
  const job = jobOf(["#!/usr/bin/env python3", "print(6 * 7)"]);
  expect(await (await rig.hand(job)).running.ended).toEqual({ kind: "exited", exitCode: 0 });
  expect(rig.log(job)).toBe("42\n");
});

test("is killed with all that it has started", async () => {
  const job = jobOf(["trap '' INT TERM; sleep 600 & echo ready; wait"]);
  const { running } = await rig.hand(job);
  await running.began;
  await running.signal("kill");
  expect(await running.ended).toMatchObject({ kind: "signalled", signal: "SIGKILL" });
});

test("an image that is not to be had is named in the log", async () => {
  const job = jobOf(["true"], { image: "no/such:1" });
  expect(await (await rig.hand(job)).running.ended).toMatchObject({ kind: "exited", exitCode: 255 });
  expect(readFileSync(join(job.folder, "logs/stderr"), "utf8")).toBe("FATAL:   Unable to handle docker://no/such:1\n");
});

test("a step without one runs on the node itself", async () => {
  const job = jobOf(["[ -e /home ] && echo node"], { image: "" });
  expect(await (await rig.hand(job)).running.ended).toEqual({ kind: "exited", exitCode: 0 });
  expect(rig.log(job)).toBe("node\n");
  expect(existsSync(join(job.folder, "control/launch"))).toBe(false);
});
