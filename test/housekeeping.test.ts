import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, globSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Examination, GarbageView, RunDetailView, RunView, VerificationView } from "../src/api/index.ts";
import { isOnPostgres, ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: make
    image: ""
    command: echo {parameter-value:text} | tee /valohai/outputs/made.txt
    parameters: [{ name: text, type: string, default: x }]
`;

async function withRuns(...texts: readonly string[]): Promise<ProjectRig> {
  const rig = new ProjectRig({ "valohai.yaml": YAML });
  for (const text of texts)
    await rig.json<RunDetailView>(0, "run", "make", `--text=${text}`, ...(text === "tagged" ? ["--tag", "keep"] : []));
  return rig;
}

describe("headrace gc", () => {
  test("shows first, removes with --yes, and leaves what is left whole", async () => {
    await using rig = await withRuns("one", "tagged", "three");
    const dry = await rig.headrace("gc", "--keep-last", "1");
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^Runs that the rules let go:\n {2}#1 make complete, .*\n\n/);
    expect(dry.stdout).toContain("Nothing was removed; ");
    expect((await rig.json<readonly RunView[]>(0, "ls")).length).toBe(3);
    // In a database that projects share, the files of the others' code are not to be had here, and no stored file is
    // touched. (4 B of the output, the rest of its log.)
    if (!isOnPostgres)
      expect(dry.stdout).toMatch(/Nothing was removed; \d.* would be, and 1\d\d B more an hour later\. /);
    const done = await rig.json<GarbageView>(0, "gc", "--keep-last", "1", "--yes");
    expect([done.applied, done.runs.map(({ number }) => number)]).toEqual([true, [1]]);
    expect((await rig.json<readonly RunView[]>(0, "ls")).map(({ number }) => number)).toEqual([5, 3]);
    expect((await rig.headrace("info", "1")).stderr).toContain("there is no run or execution 1 [HR_NOT_FOUND]");
    expect((await rig.json<VerificationView>(0, "verify")).problems).toEqual([]);
    expect((await rig.headrace("logs", "5")).stdout).toBe("three\n");
    // Numbers go on.
    expect((await rig.json<RunDetailView>(0, "run", "make", "--text=four")).number).toBe(7);
  });

  test.each<[string, readonly string[], string]>([
    ["a size that is none", ["--max-size", "much"], '--max-size "much" is no size'],
    [
      "a time that is none",
      ["--older-than", "-3d"],
      '--older-than: "-3d" is not a duration above zero, such as 90, 30m or 1h 30m',
    ],
    ["a count that is none", ["--keep-last", "1.5"], '--keep-last "1.5" is no whole number from 0 up'],
  ])("refuses %s", async (_, options, message) => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const { code, stderr } = await rig.headrace("gc", ...options);
    expect([code, stderr.split("\n")[0]]).toEqual([2, `error: ${message} [HR_USAGE]`]);
  });

  test.skipIf(isOnPostgres)("removes nothing when the records are looked for in the wrong place", async () => {
    await using rig = await withRuns("one");
    writeFileSync(join(rig.root, ".headrace", "owners", "another"), "postgres://db.example.org/headrace\n");
    const { code, stderr } = await rig.headrace("gc", "--yes");
    expect([code, stderr.split("\n")[0]]).toEqual([
      1,
      "error: the state folder also belongs to the records of postgres://db.example.org/headrace [HR_CONFLICT]",
    ]);
  });

  test("leaves what a kept run received addressable, until that run goes", async () => {
    await using rig = await withRuns("one");
    const { execution } = await rig.json<{
      readonly execution: { readonly outputs: readonly { readonly id: string }[] };
    }>(0, "info", "2");
    const uri = `datum://${execution.outputs[0]?.id}`;
    const step = (name: string) =>
      `- step: { name: ${name}, image: "", command: cat /valohai/inputs/i/*, inputs: [{ name: i, default: "${uri}" }] }\n`;
    rig.write("other.yaml", step("use") + step("again"));
    const used = await rig.json<RunDetailView>(0, "run", "use", "--config", "other.yaml");
    const removal = await rig.json<GarbageView>(0, "gc", "--keep-last", "0", "--name", "make", "--yes");
    expect(removal.runs.map(({ number }) => number)).toEqual([1]);
    const again = await rig.headrace("run", "again", "--config", "other.yaml");
    expect([again.code, again.stderr]).toEqual([0, ""]);
    expect(again.stdout).toContain("one\n");
    expect((await rig.json<VerificationView>(0, "verify")).problems).toEqual([]);
    expect(used.state).toBe("complete");
    // Runs of other projects that have not ended keep what is younger than they are, in a database that all share.
    if (isOnPostgres) return;
    // Nothing needs it any more once both are gone; then the address is nobody's.
    await rig.json<GarbageView>(0, "gc", "--keep-last", "0", "--yes");
    const last = await rig.headrace("run", "again", "--config", "other.yaml");
    expect([last.code, last.stderr]).toEqual([1, expect.stringContaining("there is no datum with the id")]);
  });

  test("goes on beside runs without harm", async () => {
    await using rig = await withRuns("one");
    const running = Array.from({ length: 3 }, (_, n) =>
      rig.headrace("run", "make", `--text=run${n}`, "--fresh", "--json"),
    );
    const sweeping = Array.from({ length: 3 }, () => rig.headrace("gc", "--yes", "--keep-last", "0"));
    for (const { code, stderr } of await Promise.all(sweeping)) {
      if (code !== 0) expect(stderr).toContain("another process is clearing up in this project [HR_CONFLICT]");
    }
    for (const { code, stderr } of await Promise.all(running)) expect([code, stderr]).toEqual([0, ""]);
    expect((await rig.json<VerificationView>(0, "verify")).problems).toEqual([]);
  });
});

test("headrace verify finds a damaged file, says whose it is, and exits with 1", async () => {
  await using rig = await withRuns("one", "two");
  const { outputs } = (
    await rig.json<{ readonly execution: { readonly outputs: readonly { readonly sha256: string }[] } }>(0, "info", "2")
  ).execution;
  const sha256 = outputs[0]?.sha256 ?? "";
  const path = join(rig.root, ".headrace", "blobs", "sha256", sha256.slice(0, 2), sha256);
  chmodSync(path, 0o644);
  writeFileSync(path, "ONE\n");
  const { code, stdout } = await rig.headrace("verify");
  expect(code).toBe(1);
  expect(stdout).toContain(`damaged ${sha256} (4 B)\n    output made.txt of run 1, make (2)\n`);
  expect(stdout).toContain(
    "hint: a damaged file is not handed out: what needs it fails until it is mended. Check the disk, too (dmesg, smartctl)",
  );
  expect((await rig.headrace("verify", "3")).stdout).toMatch(/^✓ \d+ files \(.*\) are as they were recorded\n$/);
  expect((await rig.headrace("verify", "--quick")).stdout).toMatch(
    /^✓ \d+ files \(.*\) are there, with their sizes\n$/,
  );
});

test("a damaged file of the store is mended by the input's own file, which has not changed for long", async () => {
  await using rig = new ProjectRig({
    // A file that was changed within the last minute is read again in any case.
    "valohai.yaml": `- step: {name: copy, image: "", command: "cp $VH_INPUTS_DIR/f/env $VH_OUTPUTS_DIR/made", inputs: [{name: f, default: /usr/bin/env}]}\n`,
  });
  const sha256 = createHash("sha256").update(readFileSync("/usr/bin/env")).digest("hex");
  const path = join(rig.root, ".headrace", "blobs", "sha256", sha256.slice(0, 2), sha256);
  expect(await rig.headrace("run", "copy")).toMatchObject({ code: 0 });
  const bytes = readFileSync(path);
  chmodSync(path, 0o644);
  writeFileSync(path, bytes.fill(0, 100, 200));
  expect((await rig.headrace("verify")).stdout).toContain(`damaged ${sha256}`);
  expect(await rig.headrace("run", "copy", "--fresh")).toMatchObject({ code: 0 });
  expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(sha256);
  expect(await rig.headrace("verify")).toMatchObject({ code: 0 });
  rmSync(path);
  expect(await rig.headrace("run", "copy", "--fresh")).toMatchObject({ code: 0 });
});

test("headrace doctor finds a project that has run in order, and a broken configuration broken", async () => {
  await using rig = await withRuns("one");
  const { findings, healthy } = await rig.json<Examination>(0, "doctor");
  const stateOf = (check: string) => findings.find((finding) => finding.check === check)?.state;
  expect([
    healthy,
    stateOf("configuration"),
    stateOf("state folder"),
    stateOf("database"),
    stateOf("stored files"),
  ]).toEqual([...[true, "ok", "ok", "ok", "ok"]]);
  rig.write("valohai.yaml", "- step: { name: a }\n");
  const { code, stdout } = await rig.headrace("doctor");
  expect([code, stdout.trimEnd().split("\n").at(-1)]).toEqual([1, "✗ broken: configuration"]);
  expect(readdirSync(rig.root).sort()).toEqual([".headrace", "valohai.yaml"]);
});

test("a run clears up once a day, and says so in a line", async () => {
  await using rig = await withRuns("one");
  const stamp = join(rig.root, ".headrace", "cache", "cleared-up");
  expect(existsSync(stamp)).toBe(true);
  utimesSync(stamp, 1, 1);
  const unknown = join(rig.root, ".headrace", "executions", "00000000-0000-7000-8000-000000000000");
  rig.write(
    join(".headrace", "executions", "00000000-0000-7000-8000-000000000000", "logs", "stdout"),
    "x".repeat(10_000),
  );
  const off = await rig.startIn(rig.root, { HEADRACE_RETENTION: "off" }, "run", "make", "--fresh").result;
  expect(off.stderr).toBe("");
  // The folder is an hour too young to be anybody's leftover.
  const { stderr, code } = await rig.headrace("run", "make", "--fresh");
  expect([code, stderr, existsSync(unknown)]).toEqual([0, "", true]);
  const wrong = await rig.startIn(rig.root, { HEADRACE_KEEP_LOGS: "long" }, "run", "make", "--fresh").result;
  expect([wrong.code, wrong.stderr]).toEqual([
    0,
    'warning: could not clear up: HEADRACE_KEEP_LOGS: "long" is not a duration, such as 90, 30m or 1h 30m\n',
  ]);
});

describe.skipIf(isOnPostgres)("a database that goes", () => {
  const records = (rig: ProjectRig): readonly string[] => globSync(join(rig.root, ".headrace/headrace.db*"));

  test("before a run, beside what earlier runs have left, is told", async () => {
    await using rig = await withRuns("one", "two");
    for (const file of records(rig)) rmSync(file);
    writeFileSync(join(rig.root, ".headrace/headrace.db"), "");
    const { code, stdout } = await rig.headrace("run", "make", "--text=x");
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(
        `this project had no records, but ${rig.root}/.headrace holds the folders of 2 earlier executions: put the database back from a backup if it was lost; numbers begin at 1 again`,
      ),
    ]);
  });

  test("during a run is no success", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: wait, image: "", command: "echo begun; while ! [ -e ${"$"}{GO} ]; do sleep 0.05; done", environment-variables: [{ name: GO }] }`,
    });
    const go = join(rig.root, ".headrace-go");
    const running = rig.start("run", "wait", "--env", `GO=${go}`);
    await running.sees("begun");
    for (const file of records(rig)) rmSync(file);
    writeFileSync(go, "");
    const { code, stderr } = await running.result;
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error: the database ${rig.root}/.headrace/headrace.db was removed or replaced while the run went on [HR_STORE_UNAVAILABLE]`,
    );
  });
});

const hasFaketime = spawnSync("faketime", ["--version"]).status === 0;
if (!hasFaketime) console.error("SKIPPED: the test of a clock that is ahead needs faketime.");

test.skipIf(!hasFaketime || isOnPostgres)(
  "one run with a clock two years ahead removes no logs, and doctor tells of it afterwards",
  async () => {
    await using rig = await withRuns("precious");
    const command = process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts";
    const main = join(import.meta.dirname, "..", command);
    const options = ["-f", "+730d", process.execPath, main, "run", "make", "--text=ahead", "--fresh"];
    const env = { ...process.env, HEADRACE_ENVIRONMENT: "local" };
    const ahead = spawnSync("faketime", options, { cwd: rig.root, env, encoding: "utf8" });
    expect(ahead.stderr).not.toContain("error");
    expect((await rig.headrace("logs", "2")).stdout).toBe("precious\n");
    await rig.headrace("run", "make", "--text=again");
    const { findings } = await rig.json<Examination>(0, "doctor");
    expect(findings.find(({ check }) => check === "clock")?.state).toBe("warning");
  },
);
