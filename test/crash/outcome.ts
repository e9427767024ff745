import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openBlobStore } from "../../src/blobs/index.ts";
import { executionFolder } from "../../src/contract/index.ts";
import type {
  EventRecord,
  ExecutionRecord,
  NodeRecord,
  ProjectStore,
  RunRecord,
  TrialRecord,
} from "../../src/store/index.ts";
import { indexFaults, metadataFaults } from "./log-faults.ts";
import { type RecordsPlace, stateFolder } from "./records-place.ts";
import type { Scenario } from "./scenarios.ts";

/** The outcome of a run, in a form that is the same for every undisturbed run. */
export type Outcome = Readonly<Record<string, unknown>>;

export interface Reading {
  readonly outcome: Outcome;
  readonly states: Readonly<Record<string, string>>;
  /** The faults that count whatever an undisturbed run looks like. */
  readonly faults: readonly string[];
}

/** The run that is disturbed, if it has come so far as to be recorded: not the one before it. */
export async function runOf(store: ProjectStore | undefined, { before }: Scenario): Promise<RunRecord | undefined> {
  const runs = (await store?.lists.runs({ limit: 10 }))?.items ?? [];
  return runs.length > earlierRuns(before) ? runs[0] : undefined;
}

function earlierRuns(before: Scenario["before"]): number {
  return before === undefined ? 0 : 1;
}

/**
 * Reads everything that is recorded of the one run of a project, and holds the records against each other and the
 * files.
 */
export async function readOutcome(place: RecordsPlace, root: string, scenario: Scenario): Promise<Reading> {
  await using store = await place.open(root);
  if (store === undefined) return { outcome: {}, states: {}, faults: ["nothing was recorded"] };
  const [run, ...others] = (await store.lists.runs({ limit: 10 })).items;
  if (run === undefined || others.length !== earlierRuns(scenario.before)) {
    return { outcome: {}, states: {}, faults: [`there are ${others.length} runs beside the one`] };
  }
  const faults: string[] = [];
  const nodes = await store.nodes.list(run.id);
  const outcome: Record<string, unknown> = { run: { state: run.state, reason: run.reason } };
  const executions = (await store.lists.executions({ runId: run.id, limit: 1000 })).items;
  const events = await store.events.list({ afterId: 0, runId: run.id, limit: 1_000_000 });
  for (const node of nodes) {
    const attempts = executions.filter((execution) => execution.node === node.name).reverse();
    const trials = await store.tasks.listTrials(run.id, node.name);
    if (trials.length > 0) {
      outcome[node.name] = { state: node.state, reason: node.reason, trials: await trialOutcomes(store, trials) };
      faults.push(...trialFaults(node.name, trials));
      continue;
    }
    outcome[node.name] = {
      ...(await readNode(root, store, node, scenario, faults)),
      ...triesOf(node, attempts, events),
    };
    faults.push(...attemptFaults(node, attempts));
  }
  const retried = new Set(executions.flatMap(({ node, attempt }) => (attempt > 1 ? [node] : [])));
  faults.push(
    ...startFaults(root, executions),
    ...eventFaults(run, events, retried),
    ...(await blobFaults(root, store, executions)),
  );
  return {
    outcome,
    states: { run: run.state, ...Object.fromEntries(nodes.map((node) => [node.name, node.state])) },
    faults,
  };
}

/** Describes how a node with several attempts went from one to the next. */
function triesOf(node: NodeRecord, attempts: readonly ExecutionRecord[], events: readonly EventRecord[]): Outcome {
  if (attempts.length < 2) return {};
  return {
    attempts: attempts.map(({ attempt, state, reason, exitCode }) => ({ attempt, state, reason, exitCode })),
    states: events.flatMap(({ body }) => (body.kind === "node-state" && body.node === node.name ? [body.state] : [])),
  };
}

/** The trials of a task, in their order, whichever was quicker. */
async function trialOutcomes(store: ProjectStore, trials: readonly TrialRecord[]): Promise<readonly Outcome[]> {
  const outcomes = trials.map(async ({ executionId, file, ...trial }) => {
    const { trial: number, attempt, state, reason, reused, parameters, metadata } = trial;
    const outputs = (await store.data.listOutputs(executionId)).map(({ name, sha256 }) => `${name} ${sha256}`);
    return { trial: number, attempt, state, reason, reused, parameters, metadata, outputs, file: file?.sha256 };
  });
  return (await Promise.all(outcomes)).sort((a, b) => a.trial - b.trial || a.attempt - b.attempt);
}

/** None is lost, and none is there twice. */
function trialFaults(node: string, trials: readonly TrialRecord[]): readonly string[] {
  const names = trials.map(({ trial, attempt, reused }) => (reused ? `${trial}` : `${trial}, attempt ${attempt}`));
  const last = Math.max(...trials.map(({ trial }) => trial));
  return [
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `${node}: trial ${name} is there twice`),
    ...(new Set(trials.map(({ trial }) => trial)).size === last ? [] : [`${node}: a trial before ${last} is lost`]),
  ];
}

/** Attempts are numbered without a gap, all but the last have failed, and the last is what the node shows. */
function attemptFaults(
  { name, executionId, reused }: NodeRecord,
  attempts: readonly ExecutionRecord[],
): readonly string[] {
  if (reused === true) return attempts.length === 0 ? [] : [`${name} ran although it uses earlier results`];
  const last = attempts.at(-1);
  if (last?.id !== executionId) return [`${name} shows another execution than its last`];
  const isInOrder = attempts.every(
    (each, index) => each.attempt === index + 1 && (each === last || each.state === "error"),
  );
  return isInOrder
    ? []
    : [`${name} was tried as ${attempts.map(({ attempt, state }) => `${attempt} ${state}`).join(", ")}`];
}

async function readNode(
  root: string,
  store: ProjectStore,
  node: NodeRecord,
  scenario: Scenario,
  faults: string[],
): Promise<Outcome> {
  const own = { state: node.state, reason: node.reason, reused: node.reused };
  if (node.executionId === undefined) return own;
  const execution = await store.executions.get(node.executionId);
  if (execution === undefined) {
    faults.push(`${node.name}: its execution is missing`);
    return own;
  }
  const { logs } = executionFolder(join(stateFolder(root), "executions", execution.id));
  const points = await store.metadata.list(execution.id, { limit: 1_000_000 });
  // The step did not print the counts of its checks.
  const printed = points.filter(({ values }) => !("checks.failed" in values));
  const texts = Object.fromEntries(["stdout", "stderr"].map((stream) => [stream, readIfThere(join(logs, stream))]));
  faults.push(
    ...[...indexFaults(logs), ...metadataFaults(texts.stdout ?? "", printed)].map((fault) => `${node.name}: ${fault}`),
  );
  if (scenario.cutShort.includes(node.name)) return own;
  const { state, reason, exitCode, signal, environment, parameters, metadata, command } = execution;
  return {
    ...own,
    execution: { state, reason, exitCode, signal, environment, parameters, metadata, command },
    stdout: hash(texts.stdout ?? ""),
    stderr: hash(texts.stderr ?? ""),
    metadata: points.map(({ offset, values }) => ({ offset, values })),
    checks: await checksOf(store, execution.id),
    versions: (await store.datasets.madeBy([execution.id])).map(({ dataset, name, fileCount }) => {
      return { dataset, name, fileCount };
    }),
    aliases: await movesBy(store, execution.id),
    inputs: (await store.data.listInputFiles(execution.id))
      .map(({ input, name, sha256 }) => `${input}/${name} ${sha256}`)
      .sort(),
    outputs: (await store.data.listOutputs(execution.id)).map(({ name, sha256, sizeBytes, properties }) => ({
      name,
      sha256,
      sizeBytes,
      properties,
    })),
    models: (await store.models.madeBy([execution.id])).map(({ model, number, state, fileCount }) => {
      return { model, number, state, fileCount };
    }),
  };
}

/** The moves of aliases that the end of an execution made. */
async function movesBy(store: ProjectStore, executionId: string): Promise<readonly string[]> {
  const moves: string[] = [];
  for (const { kind, owner, name } of await store.aliases.list({ kind: "datum", owner: "" }, { limit: 100 }))
    for (const move of await store.aliases.history({ kind, owner, name }, { limit: 100 }))
      if (move.executionId === executionId) moves.push(`${name} ${move.ordinal}`);
  return moves;
}

/** The results of its checks, without their time. */
async function checksOf(store: ProjectStore, executionId: string): Promise<unknown> {
  const { at: _, ...checks } = (await store.stepChecks.get(executionId)) ?? { at: 0 };
  return checks;
}

/** No process of a step was started twice, and each execution that says it ran has had one. */
function startFaults(root: string, executions: readonly ExecutionRecord[]): readonly string[] {
  const starts = readdirSync(join(root, "cache", "starts")).map((name) => name.slice(0, name.lastIndexOf(".")));
  const counts = new Map([...Map.groupBy(starts, (id) => id)].map(([id, files]) => [id, files.length]));
  return executions.flatMap(({ id, node, command, state, reason }) => {
    const count = counts.get(id) ?? 0;
    const isRefused = reason?.startsWith("its inputs are not as expected") === true;
    const wanted = command.length === 0 || isRefused ? 0 : 1;
    // A step that is stopped before it starts has no process.
    return count === wanted || (state === "stopped" && count === 0)
      ? []
      : [`${node}: its process was started ${count} times`];
  });
}

/** The event log tells each change once, and in an order that the states allow. */
function eventFaults(run: RunRecord, events: readonly EventRecord[], retried: ReadonlySet<string>): readonly string[] {
  const texts = events.flatMap(({ body }) => {
    switch (body.kind) {
      case "run-state":
        return [`run ${body.state}`];
      case "node-state":
        // A node that is tried again comes into a state again: that is held against the undisturbed run (triesOf).
        // A node that asks for an approval comes into no other state by that.
        return retried.has(body.node)
          ? []
          : [`node ${body.node} ${body.state}${body.waitingFor === undefined ? "" : " and waits"}`];
      case "execution-created":
        return [`execution ${body.node} ${body.executionId} created`];
      case "execution-state":
        return [`execution ${body.node} ${body.executionId} ${body.state}`];
      case "datum-created":
        return [`datum ${body.datumId}`];
      default:
        return [];
    }
  });
  const repeated = [...Map.groupBy(texts, (text) => text)]
    .filter(([, all]) => all.length > 1)
    .map(([text]) => `the event "${text}" came twice`);
  const FINAL = /^execution (.*) (complete|error|stopped)$/;
  const ends = Map.groupBy(
    texts.flatMap((text) => FINAL.exec(text)?.[1] ?? []),
    (name) => name,
  );
  const twice = [...ends].filter(([, all]) => all.length > 1).map(([name]) => `${name} ended twice`);
  const last = texts.at(-1);
  return [...repeated, ...twice, ...(last === `run ${run.state}` ? [] : [`the last event is "${last}"`])];
}

async function blobFaults(
  root: string,
  store: ProjectStore,
  executions: readonly ExecutionRecord[],
): Promise<readonly string[]> {
  await using blobs = await openBlobStore({ folder: join(stateFolder(root), "blobs") });
  const outputs = await Promise.all(executions.map((execution) => store.data.listOutputs(execution.id)));
  const hashes = new Set(outputs.flat().map((datum) => datum.sha256));
  const faults: string[] = [];
  for (const sha256 of hashes) {
    const verdict = await blobs.verify(sha256);
    if (verdict !== "ok") faults.push(`the blob ${sha256} is ${verdict}`);
  }
  return faults;
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function hash(text: string): string {
  return `${text.split("\n").length - 1} lines, ${createHash("sha256").update(text).digest("hex")}`;
}
