import type { Config, Edge, ExecutionNode, Step } from "../src/config/index.ts";
import { planRun } from "../src/planning/index.ts";

/** Budgets of docs/performance.md: a graph of 100,000 nodes is planned within 2 s and 600 MB. */
const NODES = 100_000;
const WIDTH = 100;

const step: Step = {
  name: "work",
  image: "python:3.12",
  command: ["python work.py {parameters}"],
  environmentVariables: [{ name: "MODE", default: "full", optional: true }],
  environmentVariableGroups: [],
  inputs: [{ name: "data", default: [], optional: true, keepDirectories: "none", download: "always" }],
  outputs: [],
  parameters: [
    { name: "epochs", type: "integer", default: 5, optional: false, multiple: "none", multipleSeparator: "," },
    { name: "score", type: "float", default: 0.5, optional: false, multiple: "none", multipleSeparator: "," },
  ],
  mounts: [],
  cacheVolumes: [],
};

function node(index: number): ExecutionNode {
  return {
    type: "execution",
    name: `n${index}`,
    step: "work",
    actions: [],
    onError: "stop-all",
    edgeMergeMode: "replace",
  };
}

function edge(from: number, to: number, kind: "output" | "metadata"): Edge {
  const target =
    kind === "output" ? ({ type: "input", key: "data" } as const) : ({ type: "parameter", key: "score" } as const);
  return {
    source: { node: `n${from}`, type: kind, key: kind === "output" ? "*.csv" : "score" },
    target: { node: `n${to}`, ...target },
    configuration: {},
  };
}

/** Layers of WIDTH nodes; every node feeds its successor in the next layer and that one's neighbour. */
function layered(): Config {
  const edges: Edge[] = [];
  for (let index = WIDTH; index < NODES; index++) {
    edges.push(edge(index - WIDTH, index, "output"), edge(index - WIDTH, index, "metadata"));
    if (index % WIDTH !== 0) edges.push(edge(index - WIDTH - 1, index, "output"));
  }
  const nodes = Array.from({ length: NODES }, (_, index) => node(index));
  const pipeline = { name: "wide", nodes, edges, parameters: [], reuseExecutions: true };
  return { steps: [step], pipelines: [pipeline], tasks: [], endpoints: [], deployments: [], models: [], project: {} };
}

/** The first run counts for memory, the best for time: other work on the machine only ever adds. */
const RUNS = 3;

const config = layered();
const edgeCount = config.pipelines[0]?.edges.length ?? 0;
const beforeMb = process.memoryUsage().rss / 1024 / 1024;
let peakMb = 0;
const elapsedMs: number[] = [];
for (let run = 0; run < RUNS; run++) {
  const start = performance.now();
  const result = planRun(config, { target: "wide", parameters: [], inputs: [], environmentVariables: {} });
  elapsedMs.push(performance.now() - start);
  if (!result.ok) throw new Error(result.problems[0]?.message ?? "the plan has problems");
  if (run === 0) peakMb = process.resourceUsage().maxRSS / 1024;
}
console.log(
  `planning: ${NODES} nodes, ${edgeCount} edges in ${Math.min(...elapsedMs).toFixed(0)} ms, best of ${elapsedMs.map((ms) => ms.toFixed(0)).join(", ")} (budget 2000); ` +
    `peak ${peakMb.toFixed(0)} MB (budget 600), of which ${beforeMb.toFixed(0)} MB were there before (runtime and configuration)`,
);
