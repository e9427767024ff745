import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { importDvc, parseConfig } from "../config/index.ts";
import { request } from "./fixtures/configs.ts";
import type { FileRef, NodeResult, Plan } from "./plan.ts";
import { planRun } from "./plan-run.ts";
import { resolveNode } from "./resolve-node.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-dvc-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function filesBelow(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/**
 * Runs the plan as an engine would, as far as files and commands go; `datumId` is where a file lies. Returns what the
 * steps printed.
 */
function runPlan(plan: Plan): { readonly printed: string; readonly results: Readonly<Record<string, NodeResult>> } {
  const results: Record<string, NodeResult> = {};
  let printed = "";
  for (const node of plan.nodes) {
    const resolution = resolveNode(node, results);
    if (!resolution.ok) throw new Error(resolution.message);
    const root = join(folder, ".runs", node.name);
    cpSync(join(folder, "project"), join(root, "repository"), { recursive: true });
    mkdirSync(join(root, "outputs"));
    for (const { name, files, uris } of resolution.resolved.inputs) {
      const local = uris.map(
        (uri): FileRef => ({ name: uri, datumId: join(folder, "data-store", uri), sha256: "", sizeBytes: 0 }),
      );
      for (const file of [...files, ...local])
        cpSync(file.datumId, join(root, "inputs", name, file.name), { recursive: true });
    }
    const env = {
      ...process.env,
      VH_REPOSITORY_DIR: join(root, "repository"),
      VH_INPUTS_DIR: join(root, "inputs"),
      VH_OUTPUTS_DIR: join(root, "outputs"),
    };
    const script = ["set -e", ...resolution.resolved.command].join("\n");
    printed += execFileSync("sh", ["-c", script], { cwd: join(root, "repository"), env, encoding: "utf8" });
    const outputs = filesBelow(join(root, "outputs")).map((name) => ({
      name,
      datumId: join(root, "outputs", name),
      sha256: "",
      sizeBytes: 0,
    }));
    results[node.name] = { outputs, inputs: {}, parameters: {}, metadata: {}, environmentVariables: {} };
  }
  return { printed, results };
}

test("an imported dvc.yaml runs: files, folders, working folders, foreach, metrics", () => {
  const dvc = `
stages:
  split:
    cmd: sh split.sh data/raw.txt
    deps: [split.sh, data/raw.txt]
    outs: [data/parts]
  count:
    foreach: [a, b]
    do:
      wdir: tools
      cmd: cat ../data/parts/\${item}.txt | wc -l | tr -d ' ' > ../counts/\${item}.count
      deps: [../data/parts]
      outs:
        - ../counts/\${item}.count
  sum:
    cmd:
      - cd counts && cat *.count > ../all.txt
      - 'printf "{\\n  \\"lines\\": %s,\\n  \\"text\\": \\"a b\\"\\n}\\n" $(awk "{s += \\$1} END {print s}" all.txt) > metrics.json'
    deps: [counts]
    outs: [all.txt]
    metrics:
      - metrics.json: {cache: false}
`;
  write(
    "project/split.sh",
    "mkdir -p data/parts\ngrep '^a' \"$1\" > data/parts/a.txt\ngrep '^b' \"$1\" > data/parts/b.txt\n",
  );
  write("project/tools/readme", "x");
  // Earlier results in git must neither disturb nor be taken for new.
  write("project/metrics.json", '{"lines": 0}');
  write("project/data/parts/stale.txt", "stale");
  write("data-store/data/raw.txt", "a1\nb1\na2\na3\n");

  const { yaml } = importDvc(dvc);
  const { config } = parseConfig({ file: "valohai.yaml", text: yaml });
  if (config === undefined) throw new Error("the generated file has errors");
  const planned = planRun(config, request("dvc"));
  if (!planned.ok) throw new Error(planned.problems[0]?.message);
  const { printed, results } = runPlan(planned.plan);

  expect(
    Object.fromEntries(
      Object.entries(results).map(([name, result]) => [name, result.outputs.map((file) => file.name).toSorted()]),
    ),
  ).toEqual({
    split: ["data/parts/a.txt", "data/parts/b.txt"],
    "count-a": ["counts/a.count"],
    "count-b": ["counts/b.count"],
    sum: ["all.txt", "metrics.json"],
  });
  expect(readFileSync(join(folder, ".runs/sum/outputs/all.txt"), "utf8")).toBe("3\n1\n");
  expect(printed.trim()).toBe('{  "lines": 4,  "text": "a b"}');
});
