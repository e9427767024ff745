import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { GpuMeter, gpusOf, parseCards, parseProcesses } from "./gpu-meter.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with a program that stands in for nvidia-smi, and counts how often it is asked. */
function programs(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "headrace-gpus-"));
  folders.push(folder);
  writeFileSync(join(folder, "nvidia-smi"), `#!/bin/sh\necho x >>"${folder}/asked"\n${script}`);
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  return folder;
}

const TWO_CARDS = `case "$1" in
*compute-apps*) printf '4711, GPU-b\\n4712, GPU-b\\n' ;;
*) printf '0, GPU-a, 10, 1024\\n1, GPU-b, 90, 2048\\n2, GPU-mig, [N/A], [N/A]\\n' ;;
esac
`;

describe("cards at work", () => {
  test.each([
    ["those that the step was given, by id", ["GPU-a"], [], { count: 1, percent: 10, memory: 2 ** 30 }],
    ["by number", ["1"], [4711], { count: 1, percent: 90, memory: 2 ** 31 }],
    ["several together", ["0", "GPU-b"], [], { count: 2, percent: 50, memory: 3 * 2 ** 30 }],
    ["else those that its processes compute on", [], [1, 4711, 4712], { count: 1, percent: 90, memory: 2 ** 31 }],
    ["none", [], [1], undefined],
    ["a card that tells nothing", ["GPU-mig"], [], undefined],
  ])("of a step: %s", async (_, given, pids, expected) => {
    const meter = new GpuMeter({ PATH: `${programs(TWO_CARDS)}:/usr/bin:/bin` }, () => 0);
    expect((await meter.look())?.(given, pids)).toEqual(expected);
  });

  test.each([
    ["fails", "echo no driver; exit 9"],
    ["says something else", "echo 'No devices were found'"],
  ])("a program that %s is left alone for some minutes", async (_, script) => {
    const folder = programs(script);
    let now = 0;
    const meter = new GpuMeter({ PATH: `${folder}:/usr/bin:/bin` }, () => now);
    expect([await meter.look(), await meter.look()]).toEqual([undefined, undefined]);
    writeFileSync(join(folder, "nvidia-smi"), `#!/bin/sh\n${TWO_CARDS}`);
    expect(await meter.look()).toBeUndefined();
    now = 400_000;
    expect((await meter.look())?.(["0"], [])).toMatchObject({ count: 1 });
  });

  test.each(["", "\n", "0, GPU-a, 10", "0, GPU-a, ten, 5", "0, GPU-a, -1, 5", "0, GPU-a, NaN, 5", "garbage\0"])(
    "%j tells of no card",
    (text) => {
      expect(parseCards(text)).toEqual([]);
      expect(gpusOf({ cards: parseCards(text), byProcess: parseProcesses(text) }, ["0"], [0])).toBeUndefined();
    },
  );
});
