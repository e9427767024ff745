import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { ExecutionView, MachineUseView } from "../src/api/index.ts";
import { atEndOfTest } from "./at-end-of-test.ts";
import { ProjectRig, type RunningCommand } from "./rig.ts";

interface Info {
  readonly kind: "execution";
  readonly execution: ExecutionView;
  readonly machineUse: MachineUseView | null;
}

/** Computes in a child for as long as it is not told to go, and holds 80 MB. */
const STEP = `
import os, subprocess, sys, time
held = b"x" * 80_000_000
child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
print("computing", flush=True)
while not os.path.exists(os.environ["GO"]): time.sleep(0.05)
child.kill()
child.wait()
`;

const SETTINGS = `
environments:
  dear: {executor: local, price-per-hour: 3600}
`;

class UseRig extends ProjectRig {
  readonly go: string;
  readonly #programs = mkdtempSync(join(tmpdir(), "headrace-programs-"));

  constructor() {
    super({ "busy.py": STEP, "headrace.config.yaml": SETTINGS });
    this.go = join(this.root, "go");
    this.write(
      "valohai.yaml",
      `- step: {name: busy, image: i, command: python3 busy.py, environment-variables: [{name: GO, default: "${this.go}"}]}
- step: {name: brief, image: i, command: echo brief}
`,
    );
    // Not in the project: a step that is led there by its PATH sees its own version of it.
    const program = join(this.#programs, "nvidia-smi");
    writeFileSync(program, '#!/bin/sh\ncase "$1" in -L) exit 9;; *apps*) ;; *) echo "0, GPU-a, 10, 64";; esac\n');
    chmodSync(program, 0o755);
    atEndOfTest(() => rmSync(this.#programs, { recursive: true, force: true }));
  }

  override start(...args: readonly string[]): RunningCommand {
    return this.startIn(this.root, { PATH: `${this.#programs}:${process.env.PATH}` }, ...args);
  }

  async used(isSo: (use: MachineUseView) => boolean): Promise<MachineUseView> {
    for (;;) {
      // The run may not be on record yet.
      const { code, stdout } = await this.headrace("info", "latest.busy", "--json");
      const { machineUse = null } = code === 0 ? (JSON.parse(stdout) as Info) : {};
      if (machineUse !== null && isSo(machineUse)) return machineUse;
      await delay(500);
    }
  }
}

describe.skipIf(process.platform !== "linux")("what a step uses of the machine", () => {
  test("is noted while it runs, goes on after kill -9 of the engine, and stands in `info` with what it cost", async () => {
    await using rig = new UseRig();
    const first = rig.start("run", "busy", "--environment", "dear");
    const before = await rig.used(({ cpu }) => (cpu?.mean ?? 0) > 0);
    first.child.kill("SIGKILL");
    await first.result;
    const resumed = rig.start("resume", "latest");
    const after = await rig.used(({ observedS }) => observedS > before.observedS + 5);
    writeFileSync(rig.go, "");
    expect((await resumed.result).code).toBe(0);
    const { execution, machineUse } = await rig.json<Info>(0, "info", "latest.busy");
    expect(machineUse?.observedS).toBeGreaterThanOrEqual(after.observedS);
    // It computed all the time, also while nobody looked.
    const { series } = after;
    expect(series.ends.slice(0, before.series.ends.length)).toEqual(before.series.ends);
    expect(series.cpu?.every((value) => value !== null && value > 0)).toBe(true);
    expect(after.memory?.peak).toBeGreaterThan(80_000_000);
    expect([after.network, after.gpus, after.gpu]).toEqual(["machine", 0, null]);
    expect(execution.cost).toBeCloseTo(execution.durationS ?? 0, 2);
    const { stdout } = await rig.headrace("info", "latest.busy");
    expect(stdout).toMatch(/cost +\d/);
    expect(stdout).toMatch(
      /Used of the machine\n +MEAN +PEAK +COURSE\n +processors +\d+\.\d\d +\d+\.\d\d +[▁▂▃▄▅▆▇█]+\n/,
    );
    expect(stdout).toMatch(/ memory +[\d.]+ MB +[\d.]+ MB /);
  });

  test("is not noted of a step of a moment", async () => {
    await using rig = new UseRig();
    await rig.json(0, "run", "brief");
    const { execution, machineUse } = await rig.json<Info>(0, "info", "latest.brief");
    expect([machineUse, execution.cost, existsSync(rig.go)]).toEqual([null, null, false]);
    expect((await rig.headrace("info", "latest.brief")).stdout).not.toContain("Used of the machine");
  });
});
