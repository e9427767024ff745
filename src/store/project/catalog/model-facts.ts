import { createHash } from "node:crypto";
import { type Change, getRow } from "../../change.ts";
import { statement } from "../../database.ts";
import type { StepChecksRecord } from "../../documents/step-checks-document.ts";
import type { ExecutionRecord, InputFileRecord } from "../../records.ts";
import type { HeldExecution } from "../claims.ts";
import { listInputFiles } from "../datums.ts";
import { getExecution } from "../executions.ts";
import type { ModelFacts, SeenInput } from "./model-records.ts";

/** A version says from where its data came; the whole list stays with the execution. */
const MOST_NAMED = 100;

const selectRun = statement<{ key: number }, { number: number }>("select number from runs where key = :key");

/** The facts about an execution that a version of a model keeps, in the transaction that ends it. */
export async function factsOf(
  { queries, project }: Change,
  { id, run_key }: Pick<HeldExecution, "id" | "run_key">,
  checks: StepChecksRecord | undefined,
): Promise<ModelFacts> {
  const execution = await getExecution(queries, project, id);
  if (execution === undefined) throw new Error(`the execution ${id} is not there`);
  const { number: run } = await getRow(queries, selectRun, { key: run_key });
  const { number, node, step, commit, parameters, metadata, inputs } = execution;
  const files = Map.groupBy(await listInputFiles(queries, project, id), ({ input }) => input);
  return {
    ...{ run, execution: number, node, step, commit, parameters, metrics: metadata },
    ...(checks !== undefined && {
      checks: { passed: checks.passed, warned: checks.warned, failed: checks.failed },
    }),
    inputs: inputs.map((input) => seen(input, files.get(input.name) ?? [])),
  };
}

/** Addresses within the project alone: others may have passwords in them, and each file says where it came from. */
const OWN_ADDRESS = /^(?:datum|dataset|model):\/\//;

function seen({ name, uris }: ExecutionRecord["inputs"][number], files: readonly InputFileRecord[]): SeenInput {
  const hash = createHash("sha256");
  for (const content of files.map(({ sha256 }) => sha256).toSorted()) hash.update(`${content}\n`);
  return {
    ...{ name, fileCount: files.length, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) },
    sha256: hash.digest("hex"),
    uris: uris.filter((uri) => OWN_ADDRESS.test(uri)).slice(0, MOST_NAMED),
    files: files.slice(0, MOST_NAMED).map((file) => ({ name: file.name, uri: file.uri, datumId: file.datumId })),
  };
}
