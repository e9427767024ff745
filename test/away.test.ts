import { readFileSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

// Between two streams lies half a second: what is written to both at once has no order of its own on a loaded machine.
const YAML = `
- step:
    name: talk
    image: ""
    command:
      - echo first
      - until [ -e GO ]; do sleep 0.05; done
      - for n in 1 2 3 4 5; do echo "{\\"n\\":$n}"; sleep 0.5; echo "error $n" >&2; sleep 0.5; done
`;

describe("an engine that was away", () => {
  it("leaves the times of a step and of its lines as they were", async () => {
    await using rig = new ProjectRig();
    rig.write("valohai.yaml", YAML.replace("GO", join(rig.root, "go")));
    const running = rig.start("run", "talk");
    await running.sees("started (#2)");
    const following = rig.start("logs", "2", "--follow");
    await following.sees("first");
    following.child.kill();
    running.child.kill("SIGKILL");
    await running.result;
    rig.write("go", "");
    const [execution] = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1").then(({ run }) => run.nodes);
    const control = join(rig.root, ".headrace/executions", execution?.execution?.id ?? "", "control");
    await written(join(control, "exit"));
    const { mtimeMs: endedAt } = statSync(join(control, "exit"));
    await rig.json(0, "resume", "1");
    const { stdout } = await rig.headrace("logs", "2", "--json");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly at: string; readonly text: string });
    expect(lines.map(({ text }) => text)).toEqual([
      "first",
      ...[1, 2, 3, 4, 5].flatMap((n) => [`{"n":${n}}`, `error ${n}`]),
    ]);
    const times = lines.map(({ at }) => Date.parse(at));
    expect(Math.max(...times)).toBeLessThanOrEqual(Math.ceil(endedAt));
    expect(new Set(times).size).toBeGreaterThanOrEqual(6);
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1");
    expect(Date.parse(run.nodes[0]?.execution?.finishedAt ?? "")).toBe(Math.round(endedAt));
  });
});

/** The wrapper keeps room for its last word, blanks, and writes it when the step has ended. */
async function written(exit: string): Promise<void> {
  const folder = join(exit, "..");
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!/^\d+.*\n/.test(readFileSync(exit, "utf8"))) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    look();
  });
}
