/**
 * The program of `npm run demo`: it builds, runs the flights pipeline on real data, and shows its results and where to
 * look further.
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Execution {
  readonly number: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly outputs: readonly { readonly name: string; readonly sizeBytes: number }[];
}
interface Run {
  readonly number: number;
  readonly state: string;
  readonly durationS: number | null;
  readonly nodes: readonly { readonly name: string; readonly state: string; readonly execution: Execution | null }[];
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const project = join(root, "examples/flights");
const command = join(root, "bin/headrace.mjs");

node(join(root, "scripts/build.ts"));
const failed = node(command, "run", "flights", "--title", "demo", "--project", project) !== 0;
const shown = spawnSync(process.execPath, [command, "info", "latest", "--json", "--project", project], {
  encoding: "utf8",
});
if (shown.status !== 0) throw new Error(`headrace info failed:\n${shown.stdout}${shown.stderr}`);
console.log(report((JSON.parse(shown.stdout) as { readonly run: Run }).run));
process.exitCode = failed ? 1 : 0;

function node(...args: readonly string[]): number {
  const result = spawnSync(process.execPath, args, { stdio: "inherit" });
  return result.status ?? 1;
}

function report(run: Run): string {
  const metadata = run.nodes.flatMap(({ name, execution }) =>
    Object.entries(execution?.metadata ?? {})
      .filter(([, value]) => typeof value === "number")
      .map(([key, value]) => [name, key, String(value)] as const),
  );
  const widths = [0, 1].map((column) => Math.max(...metadata.map((row) => row[column]?.length ?? 0), 0));
  const lines = metadata.map(
    ([name, key, value]) => `  ${name.padEnd(widths[0] ?? 0)}  ${key.padEnd(widths[1] ?? 0)}  ${value}`,
  );
  const evaluate = run.nodes.find((candidate) => candidate.name === "evaluate")?.execution;
  const look = [
    ["headrace ls", "all runs"],
    [`headrace info ${run.number}`, "this run, its nodes and data"],
    [`headrace logs ${run.number}.train`, "what the training printed"],
    [`headrace outputs ${evaluate?.number ?? run.number} --download results`, "the ROC curve and the other files"],
    ["headrace run flights --param learning-rate=0.2", "once more, with another parameter"],
    [`headrace compare ${run.number} latest`, "what the two runs differ in"],
  ] as const;
  const width = Math.max(...look.map(([text]) => text.length));
  return [
    "",
    `Results of run ${run.number} (${run.state})`,
    ...lines,
    "",
    "Look further, in examples/flights:",
    ...look.map(([text, what]) => `  npx ${text.padEnd(width)}   ${what}`),
    "",
  ].join("\n");
}
