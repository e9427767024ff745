import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { UseReading } from "../use/use-reading.ts";
import { readNotes, USE_SAMPLER } from "./use-sampler.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A shell in the place of the batch script: starts the sampler, and the step beside it. */
function startBatch(step: string, env: Readonly<Record<string, string>> = {}): { batch: ChildProcess; file: string } {
  const folder = mkdtempSync(join(tmpdir(), "headrace-use-"));
  folders.push(folder);
  writeFileSync(join(folder, "nvidia-smi"), "#!/bin/sh\nprintf '0, 30, 100\\n1, 50, 300\\n2, 99, 999\\n'\n");
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  const script = `perl -e '${USE_SAMPLER}' "$1/use" "$$" </dev/null >/dev/null 2>&1 &\n${step}`;
  const batch = spawn("/bin/sh", ["-c", script, "sh", folder], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: `${folder}:/usr/bin:/bin`, ...env },
  });
  return { batch, file: join(folder, "use") };
}

async function noteOf(file: string, isSo: (note: UseReading) => boolean = () => true): Promise<UseReading> {
  for (;;) {
    const notes = existsSync(file) ? readNotes(readFileSync(file, "utf8"), 0) : [];
    const found = notes.find(isSo);
    if (found !== undefined) return found;
    await delay(50);
  }
}

const BUSY = `python3 -c "
import time
held = b'x' * 30_000_000
while time.process_time() < 0.5: pass
time.sleep(1000)" & read -r word`;

describe("what a node notes of a step", () => {
  test("its processors and memory, and of cards those that Slurm gave it", async () => {
    const { batch, file } = startBatch(BUSY, { SLURM_JOB_GPUS: "0,1" });
    const note = await noteOf(file, ({ totals }) => (totals.cpu ?? 0) >= 0.4);
    batch.kill("SIGKILL");
    expect(note).toMatchObject({ network: "machine", gpus: { count: 2, percent: 40, memory: 400 * 2 ** 20 } });
    expect(note.memory).toBeGreaterThan(30_000_000);
    expect(Object.keys(note.totals).toSorted()).toEqual(["cpu", "read", "received", "sent", "written"]);
  });

  test("no card where Slurm gave none, and the sampler ends with the batch script", async () => {
    const { batch, file } = startBatch("sleep 1000 & read -r word; kill $!");
    expect(await noteOf(file)).not.toHaveProperty("gpus");
    const sampler = Number(readFileSync(`/proc/${batch.pid}/task/${batch.pid}/children`, "utf8").trim().split(" ")[0]);
    batch.stdin?.end();
    await once(batch, "exit");
    while (existsSync(`/proc/${sampler}`)) await delay(50);
  });
});

describe("notes", () => {
  test.each<[string, string, readonly number[]]>([
    ["whole lines after a moment", "10 1 1 - - - - - - - -\n20 2 1 - - - - - - - -\n", [20_000]],
    ["half a line waits", "20 2 1 - - - - - - - -\n30 3 1 - - - -", [20_000]],
    ["what is no note is passed over", "\0\0\nhello\n20 x 1 - - - - - - - -\n-5 1 1\n", []],
    ["nothing", "", []],
  ])("%s", (_, text, expected) => {
    expect(readNotes(text, 10_000).map(({ at }) => at)).toEqual(expected);
  });
});
