/**
 * Checkouts for steps: `node bench/worktrees.ts [--files N]`. Measures what a step costs in a repository of 20,000
 * files: the first time, when the checkout of the step before is taken over, and with one file changed.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBlobStore } from "../src/blobs/index.ts";
import { captureCode, checkoutSnapshot, type WorktreePlace, WorktreePool } from "../src/snapshots/index.ts";
import type { SnapshotRecord } from "../src/store/index.ts";
import { writePythonFiles } from "./fixtures/python-files.ts";

const { values } = parseArgs({ options: { files: { type: "string", default: "20000" } } });
const files = Number(values.files);
const folder = mkdtempSync(join(tmpdir(), "bench-worktrees-"));
const root = join(folder, "project");

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`worktrees: ${what.padEnd(64)} ${((performance.now() - start) / 1000).toFixed(2)} s`);
}

let places = 0;
function newPlace(): WorktreePlace {
  places += 1;
  const execution = join(folder, "executions", String(places));
  mkdirSync(execution, { recursive: true });
  return { repository: join(execution, "repository"), keep: join(execution, "keep") };
}

try {
  await using blobs = await openBlobStore({ folder: join(folder, "blobs") });
  const records = new Map<string, SnapshotRecord>();
  const store = {
    snapshots: {
      add: async (record: SnapshotRecord) => void records.set(record.identifier, record),
      get: async (identifier: string) => records.get(identifier),
    },
  };
  const now = (): number => Date.now() + 3_600_000;
  const capture = async (): Promise<string> =>
    (await captureCode({ kind: "working-tree", root }, { blobs, store, cacheFolder: join(folder, "cache"), now }))
      .record.identifier;
  writePythonFiles(root, files);
  const old = await capture();
  writeFileSync(join(root, "package0", "module0", "file0.py"), "value = -1\n");
  const recent = await capture();
  const pool = new WorktreePool({ folder: join(folder, "worktrees"), store, blobs });
  await timed(`a plain checkout of ${files} files, for comparison`, () =>
    checkoutSnapshot({ identifier: old, store, blobs, target: join(folder, "out") }),
  );
  let place = newPlace();
  const next = async (what: string, commit: string): Promise<void> => {
    await pool.giveBack(place);
    place = newPlace();
    await timed(what, () => pool.provide(commit, place));
  };
  await timed("the first step: checkout, access times planted", () => pool.provide(old, place));
  for (const path of ["package0/module0/file1.py", "package1/module3/file1305.py"])
    readFileSync(join(place.repository, path));
  writeFileSync(join(place.repository, "written-by-the-step"), "");
  await timed("after a step: what it read", () => pool.inspect(place));
  await timed("after a step: given back", () => pool.giveBack(place));
  await next("the next step, after one that read 2 files and wrote 1", old);
  await next("the next step, one file of the code changed", recent);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
