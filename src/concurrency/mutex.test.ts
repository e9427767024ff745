import { expect, test } from "vitest";
import { Mutex } from "./mutex.ts";

test("tasks run one after the other, in the order of asking, whether they fail or not", async () => {
  const mutex = new Mutex();
  const steps: string[] = [];
  const task = (name: string, fails: boolean) =>
    mutex.run(async () => {
      steps.push(`${name} begins`);
      await new Promise<void>((resolve) => setImmediate(resolve));
      steps.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const outcomes = await Promise.allSettled([task("a", false), task("b", true), task("c", false)]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(steps).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("it is free when nothing runs or waits", async () => {
  const mutex = new Mutex();
  expect(mutex.isFree).toBe(true);
  const running = mutex.run(async () => expect(mutex.isFree).toBe(false));
  expect(mutex.isFree).toBe(false);
  await running;
  expect(mutex.isFree).toBe(true);
});
