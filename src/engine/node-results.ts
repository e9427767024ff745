import type { FileRef, NodeResult, PlannedNode } from "../planning/index.ts";
import { type NodeExecution, type ProjectStore, shownProperties } from "../store/index.ts";
import { keptMetadata, withFullMetadata } from "./full-metadata.ts";
import { LEFT_BEHIND } from "./left-behind.ts";

/**
 * Returns the results that the sources of a node hand on, read from the store: the database is the truth, so a
 * restarted engine sees the same.
 */
export async function resultsFor(
  store: ProjectStore,
  node: PlannedNode,
  sources: SourceLookup,
  read: (executionId: string) => Promise<NodeResult> = (executionId) => readResult(store, executionId),
): Promise<Readonly<Record<string, NodeResult>>> {
  const results = [...sourcesOf(node)].map(async (source): Promise<[string, NodeResult]> => {
    const ofTask = sources.resultOfTask?.(source);
    if (ofTask !== undefined) return [source, await ofTask];
    const executionId = sources.executionIdOf(source);
    // A source whose failure is tolerated (on-error: continue) may have no execution at all.
    if (executionId === undefined) return [source, NOTHING];
    const result = await read(executionId);
    return [
      source,
      { ...result, metadata: await withFullMetadata(store, executionId, result, metadataKeys(node, source)) },
    ];
  });
  return Object.fromEntries(await Promise.all(results));
}

/** Finds the results behind the sources of a node. */
export interface SourceLookup {
  executionIdOf(node: string): string | undefined;
  /** Returns the result of a task that has ended; undefined for nodes that execute a step once. */
  resultOfTask?(node: string): Promise<NodeResult> | undefined;
}

export const NOTHING: NodeResult = { outputs: [], inputs: {}, parameters: {}, metadata: {}, environmentVariables: {} };

/** The nodes whose results are really read; pure orderings (dependency edges) are not. */
function sourcesOf(node: PlannedNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const edge of node.parameterEdges) names.add(edge.from.node);
  for (const edge of node.environmentVariableEdges) names.add(edge.node);
  for (const input of node.inputs) for (const source of input.sources) if ("node" in source) names.add(source.node);
  return names;
}

/** The metadata keys that edges bring from a source. */
function metadataKeys(node: PlannedNode, source: string): readonly string[] {
  return node.parameterEdges.flatMap(({ from }) =>
    from.kind === "metadata" && from.node === source ? [from.key] : [],
  );
}

/** Reads the results that one execution hands on. */
async function readResult(store: ProjectStore, executionId: string): Promise<NodeResult> {
  const execution = await store.executions.get(executionId);
  if (execution === undefined) return NOTHING;
  const inputs = execution.inputs.length === 0 ? [] : await store.data.listInputFiles(executionId);
  return resultOf({ execution, inputs, outputs: await store.data.listOutputs(executionId) });
}

/** Returns the results that an execution hands on. */
export function resultOf({ execution, inputs: received, outputs }: NodeExecution): NodeResult {
  const inputs = new Map<string, FileRef[]>(execution.inputs.map((input) => [input.name, []]));
  for (const file of received) {
    const files = inputs.get(file.input) ?? [];
    files.push({
      name: file.name,
      datumId: file.datumId,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
      ...carried(file.properties),
    });
    inputs.set(file.input, files);
  }
  return {
    outputs: newestByName(
      outputs.map(({ id, name, sha256, sizeBytes, properties }) => ({
        name,
        datumId: id,
        sha256,
        sizeBytes,
        ...shownProperties(properties),
      })),
    ),
    inputs: Object.fromEntries(inputs),
    parameters: execution.parameters,
    ...keptMetadata(execution),
    environmentVariables: execution.environmentVariables,
    ...(execution.environment[LEFT_BEHIND] === undefined ? {} : { leftBehind: execution.environment[LEFT_BEHIND] }),
  };
}

function carried(properties: FileRef["properties"]): Pick<FileRef, "properties"> {
  return properties === undefined ? {} : { properties };
}

/** A live output may have been written several times; edges carry the last one of a name. */
function newestByName(files: readonly FileRef[]): readonly FileRef[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}
