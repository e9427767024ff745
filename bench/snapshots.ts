/**
 * Versions of the code: `node bench/snapshots.ts [--files N]`.
 * The budget: an unchanged working tree of 100,000 files is checked within 1.5 s.
 */
import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBlobStore } from "../src/blobs/index.ts";
import { type CapturedSnapshot, captureCode, checkoutSnapshot } from "../src/snapshots/index.ts";
import type { SnapshotRecord } from "../src/store/index.ts";
import { writePythonFiles } from "./fixtures/python-files.ts";

const { values } = parseArgs({ options: { files: { type: "string", default: "100000" } } });
const files = Number(values.files);
const folder = mkdtempSync(join(tmpdir(), "bench-snapshots-"));
const root = join(folder, "project");

function bareWalk(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = `${path}/${entry.name}`;
    if (entry.isDirectory()) bareWalk(below);
    else lstatSync(below);
  }
}

async function timed(what: string, work: () => Promise<unknown> | unknown): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`snapshots: ${what.padEnd(52)} ${((performance.now() - start) / 1000).toFixed(2)} s`);
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
  // An hour ahead: what was written a moment ago would not be believed to be unchanged.
  const now = (): number => Date.now() + 3_600_000;
  const capture = (cache: string): Promise<CapturedSnapshot> =>
    captureCode({ kind: "working-tree", root }, { blobs, store, cacheFolder: join(folder, cache), now });
  writePythonFiles(root, files);
  await timed(`the limit: looking at ${files} files, nothing else`, () => bareWalk(root));
  await timed("without git: first capture", () => capture("walked"));
  await timed("without git: unchanged (budget 1.5 s)", () => capture("walked"));
  execFileSync("git", ["init", "--quiet"], { cwd: root });
  await timed("git add (for comparison)", () => execFileSync("git", ["add", "--all"], { cwd: root }));
  execFileSync("git", ["-c", "user.name=b", "-c", "user.email=b@localhost", "commit", "--quiet", "--message=all"], {
    cwd: root,
  });
  await timed("git status (for comparison)", () => execFileSync("git", ["status", "--porcelain"], { cwd: root }));
  await timed("clean commit: first capture, content known", () => capture("git"));
  await timed("clean commit: unchanged (budget 1.5 s)", () => capture("git"));
  writeFileSync(join(root, "package0", "module0", "file0.py"), "value = -1\n");
  await timed("one file changed", () => capture("git"));
  const { record } = await capture("git");
  await timed("check out", () =>
    checkoutSnapshot({ identifier: record.identifier, store, blobs, target: join(folder, "out") }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
