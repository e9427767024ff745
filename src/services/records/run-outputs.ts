import type { DatumView, ExecutionView, NamedOutputView, RunRecordView } from "../../api/index.ts";
import type { PlannedOutput } from "../../planning/index.ts";
import type { DatumRecord, ExecutionRecord, ProjectStore, RunRecord } from "../../store/index.ts";
import { executionIdsOfTask } from "./executions-behind.ts";
import { datumView, runRecordView } from "./view-of.ts";

/** A run by itself, with the results that its pipeline names. */
export async function describeRunRecord(store: ProjectStore, run: RunRecord): Promise<RunRecordView> {
  const { outputs = [] } = run;
  return runRecordView(run, await Promise.all(outputs.map((output) => describeOutput(store, run, output))));
}

/** More would make a run as large as its files. */
const FILES_SHOWN = 100;

async function describeOutput(store: ProjectStore, run: RunRecord, output: PlannedOutput): Promise<NamedOutputView> {
  const { name, description = null, node, kind, key, best } = output;
  const files = kind === "output" ? await filesOfOutput(store, run, output) : [];
  return {
    ...{ name, description, node, kind },
    source: `${node}.${best === true ? "best." : ""}${kind}.${key}`,
    files: files.slice(0, FILES_SHOWN),
    fileCount: files.length,
    value: kind === "metadata" ? await lastValue(store, run, output) : null,
  };
}

/** The files of a named output, execution after execution. */
export async function filesOfOutput(
  store: ProjectStore,
  run: RunRecord,
  output: PlannedOutput,
): Promise<readonly DatumView[]> {
  // A run that names no outputs needs nothing of that room.
  const { filesNamed } = await import("../../planning/index.ts");
  const files: DatumView[] = [];
  for (const { execution, outputs } of await store.executions.listById(await idsBehind(store, run, output)))
    files.push(...filesNamed<DatumRecord>(output.key, outputs).map((datum) => datumView(datum, execution)));
  return files.toSorted((a, b) => (a.execution ?? 0) - (b.execution ?? 0) || (a.name < b.name ? -1 : 1));
}

async function lastValue(
  store: ProjectStore,
  run: RunRecord,
  output: PlannedOutput,
): Promise<ExecutionView["metadata"][string]> {
  const executions = await store.executions.listById(await idsBehind(store, run, output));
  const values = executions
    .map(({ execution }) => execution)
    .toSorted((a: ExecutionRecord, b: ExecutionRecord) => a.number - b.number)
    .flatMap(({ metadata }) => (Object.hasOwn(metadata, output.key) ? [metadata[output.key]] : []));
  return executions.length > 1 ? values : (values[0] ?? null);
}

/** The executions whose results count: those of a node that is complete, of a task those of its trials or the best. */
async function idsBehind(
  store: ProjectStore,
  run: RunRecord,
  { node: name, best }: PlannedOutput,
): Promise<readonly string[]> {
  const node = await store.nodes.get(run.id, name);
  if (node === undefined) return [];
  if (node.executionId !== undefined) return node.state === "complete" ? [node.executionId] : [];
  const planned = await store.nodes.getPlanned(run.id, name);
  if (planned?.kind !== "task" || node.state !== "complete") return [];
  if (best !== true) return await executionIdsOfTask(store, run.id, name);
  const { bestTrial } = await import("../tasks/best-trial.ts");
  const found = await bestTrial(store, run, planned);
  return found === undefined ? [] : [found.executionId];
}
