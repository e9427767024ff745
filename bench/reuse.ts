/**
 * Measures what a run costs in which nothing changed: whole process, 1,000 and 10,000 nodes, beside the time that
 * `node -e 0` takes. Build first: users start the bundle.
 *
 *     node bench/reuse.ts [nodes …]
 *
 * The first run of each pipeline is recorded directly (a process a node would take minutes): a chain of a tenth of the
 * nodes, and a fan-out.
 */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBlobStore, sha256Of } from "../src/blobs/index.ts";
import { parseConfig } from "../src/config/index.ts";
import { CodeVersions, FactsReader } from "../src/engine/index.ts";
import { openLocalExecutor } from "../src/executors/local/local-executor.ts";
import {
  type CodeShare,
  fingerprintText,
  type NodeResult,
  type Plan,
  type PlannedNode,
  planRun,
  resolveNode,
} from "../src/planning/index.ts";
import { captureCode } from "../src/snapshots/index.ts";
import { openTestStore } from "../src/store/fixtures/open-test-store.ts";
import type { NewDatum } from "../src/store/index.ts";

const COMMAND = join(import.meta.dirname, "../bin/headrace.mjs");
const sizes = process.argv.slice(2).map(Number);

for (const nodes of sizes.length === 0 ? [1_000, 10_000] : sizes) await measure(nodes);

async function measure(nodes: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "headrace-reuse-"));
  try {
    writeFileSync(join(root, "valohai.yaml"), pipelineOf(nodes));
    timed(root, "ls");
    await record(root);
    const bare = Math.min(...[1, 2, 3].map(() => milliseconds(() => spawnSync(process.execPath, ["-e", "0"]))));
    const runs = [1, 2, 3].map(() => timed(root, "run", "p", "--json"));
    const best = Math.min(...runs);
    console.log(
      `${nodes} unchanged nodes: ${best.toFixed(0)} ms whole process (node -e 0: ${bare.toFixed(0)} ms, ratio ${(best / bare).toFixed(1)}; ` +
        `${(((best - bare) * 1_000) / nodes).toFixed(0)} µs a node)`,
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A chain of a tenth of the nodes; the others all read its last. */
function pipelineOf(nodes: number): string {
  const chain = Math.max(1, Math.floor(nodes / 10));
  const name = (index: number): string => `n${index}`;
  const lines = [
    "- step:",
    "    name: s",
    "    image: x",
    "    command: 'true'",
    "    inputs: [{name: in, optional: true}]",
  ];
  lines.push("    parameters: [{name: k, type: integer, default: 0}]", "- pipeline:", "    name: p", "    nodes:");
  for (let index = 0; index < nodes; index++) {
    lines.push(
      `      - {name: ${name(index)}, type: execution, step: s, override: {parameters: [{name: k, type: integer, default: ${index}}]}}`,
    );
  }
  lines.push("    edges:");
  for (let index = 1; index < nodes; index++) {
    lines.push(`      - [${name(index < chain ? index - 1 : chain - 1)}.output.*, ${name(index)}.input.in]`);
  }
  return `${lines.join("\n")}\n`;
}

/** The first run, as it would have been recorded; each node made a file with its own name in it. */
async function record(root: string): Promise<void> {
  const state = join(root, ".headrace");
  await using store = await openTestStore({ file: join(state, "headrace.db"), projectName: "bench" });
  await using blobs = await openBlobStore({ folder: join(state, "blobs") });
  const { record: snapshot } = await captureCode(
    { kind: "working-tree", root },
    { blobs, store, cacheFolder: join(state, "cache"), now: Date.now },
  );
  const plan = planOf(root);
  const run = await store.runs.create({
    plan,
    commit: snapshot.identifier,
    jobs: 1,
    actor: "local:me",
    tags: [],
    at: Date.now(),
  });
  await store.runs.setState(run.id, { state: "started", at: Date.now() });
  const baseEnvironment = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  await using executor = await openLocalExecutor({
    stateFolder: state,
    projectRoot: root,
    sandbox: "auto",
    baseEnvironment,
  });
  const facts = new FactsReader(new CodeVersions({ store, blobs }));
  const code: CodeShare = { kind: "snapshot", manifestSha256: snapshot.manifestSha256, why: { kind: "asked" } };
  const outputs = new Map(plan.nodes.map((node) => [node.name, outputOf(node.name)]));
  // Together, so that they share their syncs.
  await Promise.all(plan.nodes.map((node) => recordNode(node)));
  await store.runs.setState(run.id, { state: "complete", at: Date.now() });

  async function recordNode(node: PlannedNode): Promise<void> {
    const sources = node.dependsOn.flatMap((name) => outputs.get(name) ?? []);
    const results = Object.fromEntries(node.dependsOn.map((name) => [name, resultOf(outputs.get(name))]));
    const resolution = resolveNode(node, results);
    if (!resolution.ok) throw new Error(resolution.message);
    const { resolved } = resolution;
    const files = sources.map(({ id, name, sha256, sizeBytes }) => ({
      input: "in",
      name,
      uri: `datum://${id}`,
      datumId: id,
      sha256,
      sizeBytes,
    }));
    const { command } = resolved;
    const surroundings = executor.surroundings?.({ command, variables: {}, image: "x" });
    const read = await facts.read({
      step: node.step,
      resolved,
      inputs: ["in"],
      files,
      commit: run.commit,
      executor: "local",
      surroundings,
    });
    const wanted = {
      runId: run.id,
      node: node.name,
      step: "s",
      image: "x",
      environmentName: "local",
      commit: run.commit,
      resolved,
      at: Date.now(),
    };
    const execution = await store.queue.add(wanted);
    if (execution === undefined) throw new Error(`${node.name} was recorded already`);
    const fence = await store.queue.claim(execution.id, "bench", Date.now());
    if (fence === undefined) throw new Error(`${node.name} was claimed already`);
    const output = outputs.get(node.name) ?? outputOf(node.name);
    await Promise.all([store.data.setInputFiles(execution.id, fence, files), blobs.putBytes(Buffer.from(node.name))]);
    const fingerprint = { base: sha256Of(fingerprintText(read)), code };
    await store.executions.finish(execution.id, fence, {
      state: "complete",
      outputs: [output],
      fingerprint,
      at: Date.now(),
    });
    // It printed nothing: no log waits to be stored, as after a real run.
    await store.logs.keep([{ executionId: execution.id }]);
  }
}

function planOf(root: string): Plan {
  const { config, diagnostics } = parseConfig({ file: "valohai.yaml", text: readFileSync(join(root, "valohai.yaml")) });
  if (config === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const planned = planRun(config, { target: "p", parameters: [], inputs: [], environmentVariables: {} });
  if (!planned.ok) throw new Error(planned.problems.map(({ message }) => message).join("\n"));
  return planned.plan;
}

type Output = NewDatum & { readonly id: string };

function outputOf(node: string): Output {
  return { id: randomUUID(), name: "out.txt", sizeBytes: node.length, sha256: sha256Of(node), properties: {} };
}

function resultOf(output: Output | undefined): NodeResult {
  const outputs =
    output === undefined
      ? []
      : [{ name: output.name, datumId: output.id, sha256: output.sha256, sizeBytes: output.sizeBytes }];
  return { outputs, inputs: {}, parameters: {}, metadata: {}, environmentVariables: {} };
}

/** Milliseconds of one command, which must succeed. */
function timed(root: string, ...args: readonly string[]): number {
  return milliseconds(() => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 2 ** 30,
    });
    if (status !== 0)
      throw new Error(`headrace ${args.join(" ")} ended with ${status}\n${stderr}\n${stdout.slice(0, 2_000)}`);
    if (args[0] === "run" && !stdout.includes('"reused": true')) throw new Error("nothing was reused");
    if (args[0] === "run" && stdout.includes('"reused": false')) throw new Error("something ran");
  });
}

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
