import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

describe("logs", () => {
  it("records a million lines whole and gives them back in order", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: s, image: i, command: seq 1 1000000 }\n` });
    await rig.json<RunDetailView>(0, "run", "s");
    const { stdout } = await rig.headrace("logs", "latest.s");
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(1_000_000);
    expect(lines.every((line, index) => line.endsWith(String(index + 1)))).toBe(true);
  });

  it("keeps memory flat for a line of 100 MB", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: i, command: "head -c 100000000 /dev/zero | tr '\\\\0' x; echo; echo after" }\n`,
    });
    const command = rig.startIn(rig.root, { NODE_OPTIONS: "--max-old-space-size=64" }, "run", "s");
    expect((await command.result).code).toBe(0);
    const again = rig.startIn(rig.root, { NODE_OPTIONS: "--max-old-space-size=64" }, "logs", "--follow", "latest.s");
    expect((await again.result).stdout).toHaveLength(100_000_007);
    expect((await rig.headrace("logs", "latest.s", "--tail", "1")).stdout).toContain("after");
  });

  it("keeps memory flat when a step fails after such lines", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: i, command: "head -c 100000000 /dev/zero | tr '\\\\0' x; echo; echo after; exit 3" }\n`,
    });
    const command = rig.startIn(rig.root, { NODE_OPTIONS: "--max-old-space-size=64" }, "run", "s", "--no-logs");
    const { code, stdout } = await command.result;
    expect([code, stdout.includes("│ after")]).toEqual([1, true]);
  });

  it("keeps stdout and stderr apart, and bytes that are no text", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: i, command: "printf 'a\\\\377b\\\\n'; echo problem >&2" }\n`,
    });
    await rig.json<RunDetailView>(0, "run", "s");
    expect((await rig.headrace("logs", "latest.s", "--stream", "stdout")).stdout).toContain("a\u{FFFD}b");
    const errors = await rig.headrace("logs", "latest.s", "--stream", "stderr");
    expect(errors.stdout).toContain("problem");
    expect(errors.stdout).not.toContain("a\u{FFFD}b");
  });
});
