import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { expect, test } from "vitest";
import { identify, isAlive } from "./process-identity.ts";

test("a process is told from none, from one that has ended, and from another of its number", async () => {
  const child = spawn("sleep", ["60"]);
  const { pid = 0 } = child;
  const identity = await identify(pid);
  if (identity === undefined) throw new Error("the process lives");
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ ...identity, startTime: `${identity.startTime}1` })).toBe(false);
  expect(await isAlive({ ...identity, bootId: "another" })).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await isAlive(identity)).toBe(false);
  expect(await identify(pid)).toBeUndefined();
});

test.skipIf(process.platform !== "linux")(
  "a living process does not pass for dead where no file can be opened",
  async () => {
    const taken: number[] = [];
    try {
      for (;;) taken.push(openSync("/dev/null", "r"));
    } catch {
      await expect(identify(process.pid)).rejects.toMatchObject({ code: "EMFILE" });
    } finally {
      for (const descriptor of taken) closeSync(descriptor);
    }
    expect(await identify(process.pid)).toMatchObject({ pid: process.pid });
  },
);
