import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fillExecutions } from "../store/fill-executions.ts";

export interface LoadSizes {
  readonly nodes: number;
  readonly executions: number;
  readonly lines: number;
  readonly points: number;
}

/** Runs of the load project, by what they are large in. */
export const LARGE = { graph: "wide", log: "talkative", metric: "measured" } as const;

/**
 * A project in a folder, of which everything is large: a run of many nodes, a long log that fails at its end, a metric
 * of many points, and very many executions. All but the last really ran; those are written into the database.
 * Everything that an earlier call has made is kept.
 */
export function makeLoadProject(folder: string, sizes: LoadSizes): void {
  if (existsSync(join(folder, "made"))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "valohai.yaml"), configuration(sizes));
  headrace(folder, ["run", LARGE.graph]);
  headrace(folder, ["run", LARGE.metric]);
  // It fails, as a log that somebody reads mostly belongs to a failure.
  headrace(folder, ["run", LARGE.log], 1);
  fillExecutions(join(folder, ".headrace", "headrace.db"), { rows: sizes.executions, endMs: Date.now() });
  for (let trial = 0; trial < 50; trial++) headrace(folder, ["run", "trial", "-p", `rate=${trial / 50}`]);
  writeFileSync(join(folder, "made"), "");
}

export function headrace(folder: string, args: readonly string[], expected = 0): string {
  const main = resolve(import.meta.dirname, "../../src/cli/main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    ...{ cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 },
  });
  if (status !== expected) throw new Error(`headrace ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

function configuration({ nodes, lines, points }: LoadSizes): string {
  // Layers of twenty-five, each node fed by two of the layer before.
  const names = Array.from({ length: nodes }, (_, index) => `part-${String(index).padStart(4, "0")}`);
  const edges = names.flatMap((name, index) =>
    index < 25
      ? []
      : [names[index - 25], names[index - 25 - ((index % 25) - ((index * 7) % 25))]]
          .filter((from, place, all) => from !== undefined && all.indexOf(from) === place)
          .map((from) => `      - [${from}.output.part.txt, ${name}.input.parts]`),
  );
  return `
- step:
    name: part
    image: ""
    command: "echo part > /valohai/outputs/part.txt"
    inputs: [{name: parts, optional: true}]
- step:
    name: ${LARGE.log}
    image: ""
    command:
      - "seq 1 ${lines - 4} | sed 's/^/2026-01-01 00:00:00 INFO reading batch /'"
      - "printf 'Traceback (most recent call last):\\n  File \\"train.py\\", line 1, in <module>\\nValueError: the loss is not a number\\n' >&2; exit 3"
- step:
    name: ${LARGE.metric}
    image: ""
    command: |
      awk 'BEGIN { for (i = 0; i < ${points}; i++) printf "{\\"step\\": %d, \\"loss\\": %.5f}\\n", i, 1 / (1 + i / 1000) + sin(i / 5000) / 20 + (i == ${Math.floor(points / 3)} ? 5 : 0) }'
- step:
    name: trial
    image: ""
    command: "echo '{\\"auc\\": '{parameter-value:rate}'}'"
    parameters: [{name: rate, type: float, default: 0.1}]
- pipeline:
    name: ${LARGE.graph}
    nodes:
${names.map((name) => `      - {name: ${name}, type: execution, step: part}`).join("\n")}
    edges:
${edges.join("\n")}
`;
}
