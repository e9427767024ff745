import { chmodSync, existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { GarbageView, VerificationView } from "../src/api/index.ts";
import { isOnPostgres, ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: talk
    image: ""
    command:
      - printf 'one\\ntwo\\377\\n'
      - echo warning >&2
      - printf unfinished
- step: { name: silent, image: "", command: "true" }
- step: { name: fail, image: "", command: "echo why >&2; exit 3" }
- step: { name: much, image: "", command: "seq 400000" }
`;

function removeFolders(rig: ProjectRig): void {
  rmSync(join(rig.root, ".headrace", "executions"), { recursive: true });
}

const blobsIn = (rig: ProjectRig): readonly string[] =>
  globSync(join(rig.root, ".headrace", "blobs", "sha256", "*", "*"));

describe("the logs of ended executions", () => {
  test("are read when the folders of their steps are gone, byte for byte, with their times", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    for (const [code, step] of [
      [0, "talk"],
      [0, "silent"],
      [1, "fail"],
      [0, "much"],
    ] as const)
      expect((await rig.headrace("run", step)).code).toBe(code);
    const looks = [
      ["logs", "2"],
      ["logs", "2", "--json"],
      ["logs", "2", "--stream", "stdout"],
      ["logs", "2", "--tail", "1"],
      ["logs", "2", "--raw"],
      ["logs", "4"],
      ["logs", "6", "--follow"],
      ["logs", "8", "--tail", "3"],
      ["logs", "8", "--grep", "^39999\\d$"],
    ];
    const before = await Promise.all(looks.map(async (args) => (await rig.headrace(...args)).stdout));
    removeFolders(rig);
    for (const [number, args] of looks.entries())
      expect([args, (await rig.headrace(...args)).stdout]).toEqual([args, before[number]]);
    expect(before[7]).toBe("399998\n399999\n400000\n");
    expect((await rig.json<VerificationView>(0, "verify")).problems).toEqual([]);
  });

  test("are kept by the next run where a process died before it had kept them", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const killed = rig.startIn(rig.root, { HEADRACE_TEST_KILL_AT: "finish-committed:1" }, "run", "talk");
    expect((await killed.result).signal).toBe("SIGKILL");
    const once = rig.startIn(rig.root, { HEADRACE_TEST_KILL_AT: "logs-stored:1" }, "resume", "1");
    await once.result;
    expect((await rig.headrace("run", "silent")).code).toBe(0);
    removeFolders(rig);
    expect((await rig.headrace("logs", "2", "--stream", "stderr")).stdout).toBe("warning\n");
  });

  test("are told of where they are damaged, by verify as well", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const before = new Set(blobsIn(rig));
    await rig.headrace("run", "fail");
    removeFolders(rig);
    const made = blobsIn(rig).filter((path) => !before.has(path));
    const log = made.find((path) => readFileSync(path).includes("HRPACKED")) ?? "";
    chmodSync(log, 0o600);
    const bytes = readFileSync(log);
    bytes.writeUInt8(bytes.readUInt8(8) ^ 0xff, 8);
    writeFileSync(log, bytes);
    expect((await rig.headrace("logs", "2")).stderr).toMatch(/^error: .* \[HR_BLOB_DAMAGED\]/);
    const { problems } = await rig.json<VerificationView>(1, "verify");
    expect(
      problems.map(({ problem, uses }) => [problem, uses.map(({ kind, execution }) => [kind, execution])]),
    ).toEqual([["damaged", [["log", 2]]]]);
  });

  test.skipIf(isOnPostgres)("go by the rule for logs, wherever they lie", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    await rig.headrace("run", "talk");
    await rig.headrace("run", "fail");
    const lines = async (number: string) => (await rig.headrace("logs", number)).stdout.split("\n").length - 1;
    expect([await lines("2"), await lines("4")]).toEqual([4, 1]);
    const folders = readdirSync(join(rig.root, ".headrace", "executions"));
    expect(folders).toHaveLength(2);
    rmSync(join(rig.root, ".headrace", "executions", folders[0] ?? ""), { recursive: true });
    // The newer of the two must be older than the rule.
    await delay(1_100);
    const gone = await rig.json<GarbageView>(0, "gc", "--logs", "1s", "--yes");
    expect(gone.removals.find(({ kind }) => kind === "logs")?.count).toBe(2);
    expect([await lines("2"), await lines("4")]).toEqual([0, 0]);
    expect(existsSync(join(rig.root, ".headrace", "executions", folders[1] ?? "", "logs"))).toBe(false);
  });
});
