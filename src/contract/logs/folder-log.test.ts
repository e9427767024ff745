import { expect, test } from "vitest";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { FolderLog } from "./folder-log.ts";
import { testLogSource } from "./log-conformance.ts";
import { readLog } from "./read-log.ts";

testLogSource("the folder of its step", { open: async ({ logs }) => new FolderLog(logs), isLive: true });

test("what no intake follows is appended, and read like any other log", async () => {
  using folder = temporaryExecution();
  await using log = new FolderLog(folder.logs);
  await log.append("stderr", 5, Buffer.from("x".repeat(300_000)));
  await log.append("stdout", 6, Buffer.from("out\n"));
  await log.append("stderr", 7, Buffer.from("\nend\n"));
  const items = await Array.fromAsync(readLog(log));
  expect(items.filter(({ continues }) => !continues).map(({ at, stream }) => [at, stream])).toEqual([
    [6, "stdout"],
    [7, "stderr"],
    [7, "stderr"],
  ]);
});
