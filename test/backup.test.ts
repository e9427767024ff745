import {
  appendFileSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { atEndOfTest } from "./at-end-of-test.ts";
import { isOnPostgres, ProjectRig } from "./rig.ts";

const FILES = {
  "valohai.yaml": `- step: {name: make, image: i, command: "cp code.txt $VH_OUTPUTS_DIR/made.txt; echo made"}
- step: {name: wait, image: i, command: "sleep {parameter-value:s}", parameters: [{name: s, type: integer}], retry: {limit: 1, on: [lost]}}
- step: {name: use, image: i, command: "cat $VH_INPUTS_DIR/from/made.txt", inputs: [{name: from}]}
- pipeline:
    name: p
    nodes: [{name: make, step: make, type: execution}, {name: use, step: use, type: execution}]
    edges: [[make.output.made.txt, use.input.from]]
`,
  "code.txt": "some code\n",
};

interface Backup {
  readonly folder: string;
  readonly project: string;
  readonly files: number;
}

function newFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "headrace-backup-"));
  atEndOfTest(() => rmSync(root, { recursive: true, force: true }));
  return join(root, "saved");
}

/** Saves a project while a run of it is under way, whose step has begun. */
async function saved(rig: ProjectRig): Promise<string> {
  await rig.json(0, "run", "p", "--title", "first", "--tag", "best");
  const run = rig.start("run", "wait", "--s", "10");
  for (;;) {
    const { stdout } = await rig.headrace("info", "latest.wait", "--json");
    if (stdout.includes('"state": "started"')) break;
    await delay(50);
  }
  const folder = newFolder();
  const backup = await rig.json<Backup>(0, "backup", folder);
  expect(backup).toMatchObject({ folder, project: expect.stringMatching(/^headrace-test-/) });
  run.child.kill("SIGKILL");
  await run.result;
  return folder;
}

describe.skipIf(isOnPostgres)("a backup", () => {
  test("taken while a run goes on is restored elsewhere, lists, explains, resumes and reproduces", async () => {
    await using rig = new ProjectRig(FILES);
    const folder = await saved(rig);
    await using other = new ProjectRig(FILES);
    const restored = await other.json<Backup>(0, "restore", folder);
    expect(restored.files).toBeGreaterThanOrEqual(2);
    const runs = await other.json<readonly { number: number; state: string; tags: string[] }[]>(0, "ls");
    expect(runs.map(({ number, state, tags }) => [number, state, tags])).toEqual([
      [4, "started", []],
      [1, "complete", ["best"]],
    ]);
    expect(await other.json(0, "why", "2")).toMatchObject([{ node: "make", outcome: "ran" }]);
    expect((await other.headrace("logs", "2")).stdout).toContain("made");
    expect(await other.json(0, "resume", "4")).toMatchObject({
      state: "complete",
      nodes: [{ name: "wait", state: "complete" }],
    });
    expect((await other.headrace("verify")).code).toBe(0);
    const reproduced = await other.headrace("reproduce", "1");
    expect(reproduced.stdout).toMatch(/byte for byte what 1 was/);
  });

  test("replaces nothing, and a restore neither", async () => {
    await using rig = new ProjectRig(FILES);
    await rig.json(0, "run", "make");
    const folder = newFolder();
    await rig.json(0, "backup", folder);
    const again = await rig.headrace("backup", folder);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining(`${folder} is there already, and is not empty`),
    ]);
    const back = await rig.headrace("restore", folder);
    expect([back.code, back.stderr]).toEqual([1, expect.stringContaining("this project has records already")]);
  });

  test.each<[string, (folder: string) => void, RegExp]>([
    [
      "half of its records",
      (folder) => truncateSync(join(folder, "records.db"), 4096),
      /are not those that were saved/,
    ],
    ["other records", (folder) => appendFileSync(join(folder, "records.db"), "x"), /are not those that were saved/],
    [
      "a damaged file",
      (folder) => {
        for (const path of globSync(join(folder, "blobs/**/*")).filter((each) => /[0-9a-f]{60,}$/.test(each))) {
          rmSync(path);
          writeFileSync(path, "evil");
        }
      },
      /the content that should be [0-9a-f]{64} is .*HR_BLOB_DAMAGED/,
    ],
    ["no manifest", (folder) => rmSync(join(folder, "backup.json")), /is no backup: it has no backup.json/],
    [
      "half a manifest",
      (folder) => truncateSync(join(folder, "backup.json"), 20),
      /is no backup: its backup.json is no JSON/,
    ],
    ["a manifest of null", (folder) => writeFileSync(join(folder, "backup.json"), "null"), /is of another program/],
  ])("with %s is refused, and nothing is restored", async (_, damage, words) => {
    await using rig = new ProjectRig(FILES);
    await rig.json(0, "run", "make");
    const folder = newFolder();
    await rig.json(0, "backup", folder);
    damage(folder);
    await using other = new ProjectRig(FILES);
    const result = await other.headrace("restore", folder);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(words);
    expect(existsSync(join(other.root, ".headrace/headrace.db"))).toBe(false);
    expect((await other.headrace("ls")).code).toBe(0);
  });

  test("that is killed at any moment leaves nothing that passes for one, and the next goes on", async () => {
    await using rig = new ProjectRig(FILES);
    await rig.json(0, "run", "make");
    const folder = newFolder();
    for (const afterMs of [200, 400, 600, 800]) {
      const { child, result } = rig.start("backup", folder);
      await delay(afterMs);
      child.kill("SIGKILL");
      await result;
      if (existsSync(folder)) break;
    }
    if (!existsSync(folder)) await rig.json(0, "backup", folder);
    expect(existsSync(`${folder}.part`)).toBe(false);
    expect(JSON.parse(readFileSync(join(folder, "backup.json"), "utf8"))).toMatchObject({ format: 1 });
    await using other = new ProjectRig(FILES);
    for (const afterMs of [200, 400, 600]) {
      const { child, result } = other.start("restore", folder);
      await delay(afterMs);
      child.kill("SIGKILL");
      await result;
      if (existsSync(join(other.root, ".headrace/headrace.db"))) break;
    }
    if (!existsSync(join(other.root, ".headrace/headrace.db"))) await other.json(0, "restore", folder);
    expect(await other.json(0, "ls")).toMatchObject([{ number: 1, state: "complete" }]);
    expect((await other.headrace("verify")).code).toBe(0);
  });
});
