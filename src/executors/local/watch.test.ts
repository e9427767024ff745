import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalBlobStore, openBlobStore } from "../../blobs/index.ts";
import { executionFolder, prepareFolder } from "../../contract/index.ts";
import { CodePlaces, type ObservedCode } from "../../observation/index.ts";
import { captureSnapshot, WorktreePool } from "../../snapshots/index.ts";
import type { SnapshotRecord } from "../../store/index.ts";
import { openLocalExecutor } from "./local-executor.ts";
import type { SandboxChoice } from "./sandbox/detect.ts";

// Whether what observation/ tests without a sandbox is true in the views that steps get.

let folder = "";
let programs = "";
let blobs: LocalBlobStore;
let code: CodePlaces;
let commit = "";

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "headrace-watch-")));
  // A Python itself, where a version manager has put scripts in its place.
  programs = join(folder, "bin");
  mkdirSync(programs);
  const python = execFileSync("python3", ["-c", "import os, sys; print(os.path.realpath(sys.executable))"], { encoding: "utf8" }).trim();
  symlinkSync(python, join(programs, "python"));
  const root = join(folder, "project");
  mkdirSync(join(root, "lib"), { recursive: true });
  writeFileSync(
    join(root, "step.py"),
    "import lib.used, os, sys\nos.path.exists('flag')\nprint(os.environ.get('PYTHONPATH'), [p for p in sys.path if 'trace' in p])\n",
  );
  writeFileSync(join(root, "lib/used.py"), "X = 1\n");
  writeFileSync(join(root, "README.md"), "read me\n");
  blobs = await openBlobStore({ folder: join(folder, "blobs") });
  const snapshots = new Map<string, SnapshotRecord>();
  const store = {
    addSnapshot: async (record: SnapshotRecord) => void snapshots.set(record.identifier, record),
    getSnapshot: async (identifier: string) => snapshots.get(identifier),
  };
  code = new CodePlaces(new WorktreePool({ folder: join(folder, "worktrees"), store, blobs }));
  commit = (await captureSnapshot({ root, blobs, store, cacheFile: join(folder, "files"), now: Date.now })).record.identifier;
});
afterAll(async () => {
  await blobs[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function run(
  sandbox: SandboxChoice,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly observed: ObservedCode; readonly stdout: string; readonly stderr: string }> {
  const stateFolder = join(folder, "project/.headrace");
  await using executor = await openLocalExecutor({
    stateFolder,
    projectRoot: join(folder, "project"),
    sandbox,
    baseEnvironment: { ...process.env, PATH: `${programs}:/usr/bin:/bin`, HOME: folder } as Record<string, string>,
  });
  const place = executionFolder(join(stateFolder, "executions", `${sandbox}-${Math.random()}`));
  prepareFolder(place);
  await code.provide(commit, place);
  const job = { executionId: `watch-${sandbox}`, folder: place.root, command, image: "", environment };
  const preparation = await executor.prepare(job, () => undefined, new AbortController().signal);
  await (await executor.start(job, preparation)).ended;
  const observed = await code.observe(place);
  const [stdout, stderr] = ["stdout", "stderr"].map((name) => readFileSync(join(place.logs, name), "utf8")) as [string, string];
  await executor.forget(job);
  await code.release(place);
  return { observed, stdout, stderr };
}

describe.each(["bubblewrap", "unshare", "off"] as const)("a step is watched (%s)", (sandbox) => {
  test("and what it read and looked for is known", async () => {
    const { observed, stderr } = await run(sandbox, ["python step.py"]);
    expect(stderr).toBe("");
    expect(observed.kind === "opaque" ? observed.why : observed.kind).toBe("trace");
    if (observed.kind !== "trace") return;
    expect(Object.keys(observed.trace.files)).toEqual(["lib/used.py", "step.py"]);
    expect(observed.trace.absent).toContain("flag");
    expect(observed.trace.modules["."]).toMatchObject({ lib: ["lib/"] });
    expect(observed.trace.listings).toEqual({});
  });

  test("without a difference to what it sees of Python's path", async () => {
    const { stdout } = await run(sandbox, ["python step.py"], { PYTHONPATH: "/opt/own" });
    expect(stdout).toMatch(
      sandbox === "off" ? /\/cache\/python-trace\/[0-9a-f]{16}:\/opt\/own \[\]\n$/ : /^\/\.headrace\/python:\/opt\/own \[\]\n$/,
    );
  });

  test("or it is said why not", async () => {
    const { observed } = await run(sandbox, ["python step.py", "cat README.md"]);
    expect(observed).toMatchObject({ kind: "opaque", why: "only Python programs can be watched, and this is more: cat README.md" });
    expect(observed.kind === "opaque" && Object.keys(observed.read?.files ?? {})).toEqual(["README.md", "lib/used.py", "step.py"]);
  });
});
