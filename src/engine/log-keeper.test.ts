import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type BlobStore, openBlobStore } from "../blobs/index.ts";
import { executionFolder, FolderLog, PackedLog, readLog } from "../contract/index.ts";
import { HeadraceError } from "../errors.ts";
import type { LogToKeep, WaitingLog } from "../store/index.ts";
import type { ExecutionPlace } from "./engine-parts.ts";
import { keepWaiting, LogKeeper } from "./log-keeper.ts";

/** Folders with logs, a store of files, and the records of both. */
async function openRig() {
  const folder = mkdtempSync(join(tmpdir(), "headrace-keeper-"));
  const blobs = await openBlobStore({ folder: join(folder, "blobs") });
  onTestFinished(async () => {
    await blobs[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const waiting: WaitingLog[] = [];
  const kept = new Map<string, LogToKeep["kept"]>();
  const warnings: string[] = [];
  const folderOf = (id: string): string => join(folder, "executions", id);
  const logs = {
    listWaiting: async (after = 0) => waiting.filter(({ key, executionId }) => key > after && !kept.has(executionId)),
    keep: async (done: readonly LogToKeep[]) => {
      for (const { executionId, kept: log } of done) kept.set(executionId, log);
    },
  };
  return {
    ...{ kept, warnings, blobs, folderOf },
    warn: async (id: string, message: string) => void warnings.push(`${id}: ${message}`),
    parts: {
      store: { logs },
      blobs: blobs as BlobStore,
      placeOf: async ({ id }: { readonly id: string }) => ({ folder: folderOf(id), executor: {} }) as ExecutionPlace,
    },
    async print(id: string, text: string): Promise<void> {
      waiting.push({ key: waiting.length + 1, executionId: id, environmentName: "local" });
      const place = executionFolder(folderOf(id)).logs;
      mkdirSync(place, { recursive: true });
      await new FolderLog(place).append("stdout", 1, Buffer.from(text));
    },
    async textOf(id: string): Promise<string | undefined> {
      const ref = kept.get(id);
      if (ref === undefined) return undefined;
      await using log = await PackedLog.open(blobs, ref);
      return (await Array.fromAsync(readLog(log))).map(({ text }) => text).join("\n");
    },
  };
}

const NEVER = new AbortController().signal;
const at = (id: string) => ({ id, environmentName: "local" });

test("logs of any size are kept, those of silent steps as none, and nothing is left beside them", async () => {
  const rig = await openRig();
  const long = "a line of many\n".repeat(200_000);
  await rig.print("large", long);
  await rig.print("small", "hello\n");
  await rig.print("silent", "");
  const keeper = new LogKeeper(rig.parts, NEVER, rig.warn);
  for (const id of ["large", "small", "silent"]) keeper.add(at(id));
  await keeper.idle();
  expect(await rig.textOf("large")).toBe(long.trimEnd());
  expect(await rig.textOf("small")).toBe("hello");
  expect([rig.kept.has("silent"), rig.kept.get("silent")]).toEqual([true, undefined]);
  expect(readdirSync(executionFolder(rig.folderOf("small")).logs).toSorted()).toEqual(["index", "stdout"]);
  expect(rig.warnings).toEqual([]);
});

test("one that cannot be read holds up no other, is told of once, and waits for the next process", async () => {
  const rig = await openRig();
  for (const id of ["bad", "good", "worse"]) await rig.print(id, `${id}\n`);
  let isRefused = true;
  const placeOf: typeof rig.parts.placeOf = async (execution) => {
    if (isRefused && execution.id !== "good") throw new HeadraceError("HR_SYSTEM", "the disk is broken");
    return await rig.parts.placeOf(execution);
  };
  const parts = { ...rig.parts, placeOf };
  const keeper = new LogKeeper(parts, NEVER, rig.warn);
  for (const id of ["bad", "good", "worse"]) keeper.add(at(id));
  await keeper.idle();
  expect([...rig.kept.keys()]).toEqual(["good"]);
  expect(rig.warnings).toEqual([
    "bad: logs could not be put among the stored files: the disk is broken; they stay where their steps ran, and the next run tries again",
  ]);
  expect(await keepWaiting(parts, NEVER)).toBe(0);
  isRefused = false;
  expect(await keepWaiting(parts, NEVER)).toBe(2);
  expect([await rig.textOf("bad"), await rig.textOf("worse")]).toEqual(["bad", "worse"]);
});

test("those whose folders stand elsewhere are left to whoever has them", async () => {
  const rig = await openRig();
  await rig.print("here", "x\n");
  await rig.print("elsewhere", "y\n");
  rmSync(rig.folderOf("elsewhere"), { recursive: true });
  expect(await keepWaiting(rig.parts, NEVER)).toBe(1);
  expect([...rig.kept.keys()]).toEqual(["here"]);
});
