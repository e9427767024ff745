import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { FileRef } from "../../planning/index.ts";
import type { ExecutionRecord, NodeRecord, ProjectStore, RunRecord } from "../../store/index.ts";
import { findSubject } from "../records/refs.ts";

/** An execution of the past, with the run that it belonged to. */
export interface RecordedStep {
  readonly run: RunRecord;
  readonly nodes: readonly NodeRecord[];
  readonly execution: ExecutionRecord;
  /** The files of each input, under the names that the step saw. */
  readonly inputs: ReadonlyMap<string, readonly FileRef[]>;
}

/**
 * The execution of a step that `ref` means: itself, or the one among a run's. Throws HR_NOT_FOUND or HR_USAGE when
 * there is not just one.
 */
export async function findRecordedStep(store: ProjectStore, ref: string, step: string): Promise<RecordedStep> {
  const subject = await findSubject(store, ref);
  const run = subject.kind === "run" ? subject.run : await store.runs.get(subject.execution.runId);
  if (run === undefined) throw new HeadraceError("HR_NOT_FOUND", `the run of ${ref} is missing`);
  const nodes = await store.nodes.list(run.id);
  const execution = subject.kind === "execution" ? subject.execution : await executionIn(store, run, nodes, step);
  if (execution.step !== step && execution.node !== step) {
    throw new HeadraceError(
      "HR_USAGE",
      `execution ${execution.number} is one of step ${execution.step}, not of ${step}`,
      {
        hint: [{ do: "run", target: execution.step, from: String(execution.number) }, " runs that step"],
      },
    );
  }
  return { run, nodes, execution, inputs: await inputsOf(store, execution) };
}

async function executionIn(
  store: ProjectStore,
  run: RunRecord,
  nodes: readonly NodeRecord[],
  step: string,
): Promise<ExecutionRecord> {
  const named = nodes.find((node) => node.name === step);
  const found: ExecutionRecord[] = [];
  for (const { executionId } of named === undefined ? nodes : [named]) {
    const execution = executionId === undefined ? undefined : await store.executions.get(executionId);
    if (execution !== undefined && (named !== undefined || execution.step === step)) found.push(execution);
  }
  const [only] = found;
  if (only === undefined) {
    const names = nodes.map(({ name }) => name).join(", ");
    throw new HeadraceError("HR_NOT_FOUND", `run ${run.number} (${run.name}) has no execution of ${step}`, {
      hint: named === undefined ? `its nodes are ${names}` : `its node ${step} was not executed (${named.state})`,
    });
  }
  if (found.length > 1) {
    throw new HeadraceError("HR_USAGE", `run ${run.number} has ${found.length} executions of step ${step}`, {
      hint: [
        "name the node with ",
        { do: "set", option: "from" },
        `: ${found
          .slice(0, 5)
          .map(({ node }) => `${run.number}.${node}`)
          .join(", ")}`,
      ],
    });
  }
  return only;
}

async function inputsOf(
  store: ProjectStore,
  { id, inputs }: ExecutionRecord,
): Promise<ReadonlyMap<string, readonly FileRef[]>> {
  const files = new Map<string, FileRef[]>(inputs.map(({ name }) => [name, []]));
  for (const { input, name, datumId, sha256, sizeBytes, properties } of await store.data.listInputFiles(id)) {
    const file = { name, datumId, sha256, sizeBytes, ...(properties === undefined ? {} : { properties }) };
    files.set(input, [...(files.get(input) ?? []), file]);
  }
  return files;
}

/** Throws HR_BLOB_MISSING when one of these is no longer stored. */
export async function requireStored(blobs: BlobStore, files: readonly FileRef[], what: string): Promise<void> {
  const missing = new Set(await blobs.missing(files.map(({ sha256 }) => sha256)));
  const gone = files.filter(({ sha256 }) => missing.has(sha256)).map(({ name }) => name);
  if (gone.length === 0) return;
  const shown = gone.slice(0, 5).join(", ");
  throw new HeadraceError(
    "HR_BLOB_MISSING",
    `${what} can no longer be had: ${shown}${gone.length > 5 ? ` and ${gone.length - 5} more` : ""}`,
    {
      hint: [{ do: "verify-files" }, " tells what is missing; bring it back from a backup, or start from another run"],
    },
  );
}
