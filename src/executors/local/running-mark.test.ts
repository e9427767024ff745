import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLocalExecutor } from "./local-executor.ts";
import { RunningMark } from "./running-mark.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headrace-mark-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function becomes(state: boolean, look: () => boolean): Promise<void> {
  while (look() !== state) await delay(10);
}

test("a step of any project is known to run until it has ended, also when its engine has left", async () => {
  mkdirSync(join(root, "running"));
  const open = (name: string) =>
    openLocalExecutor({
      stateFolder: join(root, name),
      projectRoot: root,
      sandbox: "off",
      baseEnvironment: { PATH: "/usr/bin:/bin" },
      runningFolder: join(root, "running"),
    });
  mkdirSync(join(root, "one/e"), { recursive: true });
  const one = await open("one");
  await using other = await open("other");
  const job = {
    executionId: "e",
    folder: join(root, "one/e"),
    command: [`until [ -e ${root}/go ]; do sleep 0.05; done`],
    image: "",
    environment: {},
  };
  const preparation = await one.prepare(job, () => undefined, new AbortController().signal);
  await one.start(job, preparation);
  await becomes(false, () => other.nobodyElseRuns?.() ?? false);
  await one[Symbol.asyncDispose]();
  expect(other.nobodyElseRuns?.()).toBe(false);
  writeFileSync(join(root, "go"), "");
  await becomes(true, () => other.nobodyElseRuns?.() ?? false);
});

test("nothing is taken for certain where there is no pipe of one's own", async () => {
  expect(await new RunningMark(undefined).forWrapper()).toBe("");
  expect(new RunningMark(undefined).nobodyRuns()).toBe(false);
  const mark = new RunningMark(root);
  expect(mark.nobodyRuns()).toBe(false);
  expect(existsSync(await mark.forWrapper())).toBe(true);
  expect(mark.nobodyRuns()).toBe(true);
  rmSync(join(root, "pipe"));
  writeFileSync(join(root, "pipe"), "");
  expect(mark.nobodyRuns()).toBe(false);
});
