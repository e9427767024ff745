import { onTestFinished, TestRunner } from "vitest";

/**
 * Cleans up after the test that runs now, also when it runs out of time: such a test never reaches the end of its
 * `using`, and a process that it leaves keeps the output of the test command open. Does nothing outside of a test, such
 * as in `beforeAll`.
 */
export function atEndOfTest(cleanUp: () => unknown): void {
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(async () => void (await cleanUp()));
}
