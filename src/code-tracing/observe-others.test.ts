import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { executionFolder, prepareFolder } from "../contract/index.ts";
import { whyNoAccessTimes, whyNoAccessTimesIn } from "./access-times.ts";
import { CodePlaces } from "./code-places.ts";
import { encodeTrace } from "./code-trace.ts";
import { openStepRig, type StepRig } from "./fixtures/step-rig.ts";
import { writeWatchRecord } from "./watch-files.ts";

let rig: StepRig;
let commit = "";
beforeAll(async () => {
  rig = await openStepRig();
  commit = await rig.commit({
    "step.py": "print(1)\n",
    "data/a.csv": "1\n",
    "data/b.csv": "2\n",
    "lib/x.sh": "cat data/a.csv\n",
    link: { link: "data/b.csv" },
  });
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Returns the files read and the folders listed by a step whose use of the code cannot be fully traced. */
async function readBy(...command: readonly string[]): Promise<unknown> {
  const { observed } = await rig.run(commit, command);
  if (observed.kind !== "opaque" || observed.read === undefined) return observed.kind;
  expect(JSON.parse(encodeTrace(observed.read).toString())).toBeDefined();
  return { files: Object.keys(observed.read.files), listed: Object.keys(observed.read.listings) };
}

describe("what other programs read", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ["cat data/a.csv", ["data/a.csv"], []],
    ["bash lib/x.sh", ["data/a.csv", "lib/x.sh"], []],
    ["cat link", ["data/b.csv", "link"], []],
    ["ls data", [], ["data"]],
    ["echo data/*", [], ["data"]],
    ["cp -r data copy", ["data/a.csv", "data/b.csv"], ["data"]],
    ["true", [], []],
    ["test -e nothing || true", [], []],
    ["echo x > data/a.csv", ["data/a.csv"], []],
    ["echo x > data/new", [], []],
    ["rm -r data", ["data/a.csv", "data/b.csv"], ["data"]],
  ])("%s", async (command, files, listed) => {
    expect(await readBy(`${command} >/dev/null`)).toEqual({ files, listed });
  });

  it("is not looked for where only all of it would count", async () => {
    const { folder } = rig;
    const place = executionFolder(join(folder, "executions", "unseen"));
    prepareFolder(place);
    writeWatchRecord(place.control, { repository: place.repository, starts: 0, why: "it is a mystery" });
    const places = new CodePlaces(undefined as never);
    expect(await places.observe(place, "all")).toEqual({ kind: "opaque", why: "it is a mystery" });
  });

  it("is no proof of what they did not find", async () => {
    const { observed } = await rig.run(commit, ["test -e nothing || true"]);
    expect(observed).toMatchObject({
      kind: "opaque",
      why: "only Python programs can be watched without strace in a sandbox, and this is more: test -e nothing || true",
    });
  });
});

describe("access times", () => {
  it("are kept here", () => {
    expect(whyNoAccessTimes(rig.folder)).toBeUndefined();
  });

  it("cannot be tried out where nothing can be written", () => {
    expect(whyNoAccessTimes("/proc")).toMatch(/^access times could not be tried out \([A-Z]+\)$/);
  });
});

describe.runIf(canMount())("where the file system keeps no access times", () => {
  let place = "";
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), "noatime-"));
  });
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it.each([
    ["noatime", "the file system does not note when files are read (is it mounted with noatime?)"],
    ["nodiratime", "the file system does not note when folders are listed (is it mounted with nodiratime?)"],
  ])("(%s), the whole version counts", async (option, why) => {
    const mounted = join(place, option);
    mkdirSync(mounted);
    execFileSync("mount", ["-t", "tmpfs", "-o", option, "tmpfs", mounted]);
    try {
      await using there = await openStepRig(mounted);
      const version = await there.commit({ "step.py": "open('data.csv').read()\n", "data.csv": "1" });
      const { observed, status } = await there.run(version, ["python step.py"]);
      expect([status, observed]).toEqual([0, { kind: "opaque", why }]);
    } finally {
      execFileSync("umount", ["-l", mounted]);
    }
  });

  it("from some moment on, that is seen", () => {
    const mounted = join(place, "remounted");
    const folder = join(mounted, "folder");
    mkdirSync(mounted);
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", mounted]);
    try {
      mkdirSync(folder);
      expect(whyNoAccessTimesIn(mounted, folder)).toBeUndefined();
      expect(whyNoAccessTimesIn(mounted, folder)).toBeUndefined();
      execFileSync("mount", ["-o", "remount,noatime", mounted]);
      expect(whyNoAccessTimesIn(mounted, folder)).toMatch("noatime");
    } finally {
      execFileSync("umount", ["-l", mounted]);
    }
  });

  it("in the step's own view alone, its own reads give it away", async () => {
    const before = ({ repository }: { readonly repository: string }): void => {
      execFileSync("mount", ["--bind", repository, repository]);
      execFileSync("mount", ["-o", "remount,bind,noatime", repository]);
    };
    const step = "import ctypes, os\nopen('data/a.csv').read()\n";
    const version = await rig.commit({ "noatime.py": step });
    const executions = (): readonly string[] =>
      execFileSync("mount", { encoding: "utf8" })
        .split("\n")
        .filter((line) => line.includes(rig.folder));
    try {
      const { observed } = await rig.run(version, ["python noatime.py"], { before });
      expect(observed).toMatchObject({
        kind: "opaque",
        why: "the access times of its files were not kept where it ran",
      });
    } finally {
      for (const line of executions()) execFileSync("umount", ["-l", line.split(" ")[2] ?? ""]);
    }
    expect(existsSync(rig.folder)).toBe(true);
  });
});

function canMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const place = mkdtempSync(join(tmpdir(), "mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", place], { stdio: "ignore" });
    execFileSync("umount", [place]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
