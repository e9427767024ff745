import type { OpenLineageEvent } from "../../../api/index.ts";
import type {
  DatumRecord,
  FinalState,
  InputFileRecord,
  LinkedExecution,
  NodeExecution,
  RunRecord,
  StepChecksRecord,
} from "../../../store/index.ts";
import { programVersion } from "../../../version.ts";
import { isoTime } from "../../records/view-of.ts";
import { datasetName, jobName, type LineageScope } from "./dataset-name.ts";

const PRODUCER = "urn:headrace";
const SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

export type EventType = OpenLineageEvent["eventType"];
type Facets = OpenLineageEvent["run"]["facets"];

const END_TYPES: Readonly<Record<FinalState, EventType>> = { complete: "COMPLETE", error: "FAIL", stopped: "ABORT" };

/** An execution with all that an event tells of it. */
export interface ExecutionFacts extends NodeExecution {
  readonly run: RunRecord;
  /** The executions that made its input files, by the ids of the files; a file that came in has none. */
  readonly makers: ReadonlyMap<string, LinkedExecution>;
  readonly checks?: StepChecksRecord | undefined;
}

/** Undefined for a state that is not the end. */
export function endTypeOf(state: string): EventType | undefined {
  return Object.hasOwn(END_TYPES, state) ? END_TYPES[state as FinalState] : undefined;
}

/** An event of a run. The run of one step has none of its own: its execution is the run. */
export function runEvent(scope: LineageScope, run: RunRecord, eventType: EventType, at: number): OpenLineageEvent {
  return {
    eventType,
    eventTime: isoTime(at),
    run: { runId: run.id, facets: { ...processingEngine(), ...ownFacet(run), ...failureFacet(eventType, run.reason) } },
    job: { ...jobOf(scope, { runName: run.name }), facets: jobTypeFacet(run.kind === "task" ? "TASK" : "PIPELINE") },
    ...{ inputs: [], outputs: [], producer: PRODUCER, schemaURL: SPEC },
  };
}

/** An event of an execution, with the files that it has received and, at its end, made. */
export function executionEvent(
  scope: LineageScope,
  facts: ExecutionFacts,
  eventType: EventType,
  at: number,
): OpenLineageEvent {
  const { execution, inputs, outputs, run, makers } = facts;
  const assertions = assertionsByInput(facts.checks);
  const maker = { runName: run.name, node: execution.node };
  return {
    eventType,
    eventTime: isoTime(at),
    run: {
      runId: execution.id,
      facets: {
        ...(isOwnJob(run) ? {} : { parent: parentFacet(scope, run) }),
        ...{ ...processingEngine(), ...ownFacet(execution), ...failureFacet(eventType, execution.reason) },
      },
    },
    job: { ...jobOf(scope, maker), facets: jobTypeFacet("STEP") },
    inputs: inputs.map((file) => ({
      ...datasetName(scope, { name: file.name, uri: file.uri, maker: makers.get(file.datumId) }),
      facets: versionFacet(file),
      inputFacets: { ...statisticsFacet("inputStatistics", file), ...assertions.get(file.input) },
    })),
    outputs: outputs.map((file) => ({
      ...datasetName(scope, { name: file.name, maker }),
      facets: versionFacet(file),
      outputFacets: statisticsFacet("outputStatistics", file),
    })),
    ...{ producer: PRODUCER, schemaURL: SPEC },
  };
}

/** True for the run of one step: its one node is all of it. */
export function isOwnJob({ kind }: Pick<RunRecord, "kind">): boolean {
  return kind === "step";
}

function jobOf(scope: LineageScope, job: { readonly runName: string; readonly node?: string }) {
  return { namespace: scope.namespace, name: jobName(scope, job) };
}

function parentFacet(scope: LineageScope, run: RunRecord) {
  return facet("1-2-0/ParentRunFacet", { run: { runId: run.id }, job: jobOf(scope, { runName: run.name }) });
}

function processingEngine(): Facets {
  return {
    processing_engine: facet("1-1-1/ProcessingEngineRunFacet", { version: programVersion(), name: "headrace" }),
  };
}

/** A facet of our own. The standard asks for a name that begins with that of the program. */
function ownFacet(record: RunRecord | NodeExecution["execution"]): Facets {
  const { number, parameters, commit } = record;
  const more = "node" in record ? { attempt: record.attempt, trial: record.trial ?? null, image: record.image } : {};
  return {
    headrace_run: {
      _producer: PRODUCER,
      _schemaURL: "urn:headrace:openlineage:run",
      number,
      parameters,
      commit,
      ...more,
    },
  };
}

function failureFacet(eventType: EventType, reason: string | undefined): Facets {
  if (eventType !== "FAIL" || reason === undefined) return {};
  return { errorMessage: facet("1-0-1/ErrorMessageRunFacet", { message: reason, programmingLanguage: "unknown" }) };
}

function jobTypeFacet(jobType: "PIPELINE" | "STEP" | "TASK"): Facets {
  const job = { processingType: "BATCH", integration: "HEADRACE", jobType };
  return { jobType: facet("2-0-4/JobTypeJobFacet", job) };
}

/** The content is the version: the same bytes are the same one. */
function versionFacet({ sha256 }: Pick<DatumRecord | InputFileRecord, "sha256">): Facets {
  return { version: facet("1-0-1/DatasetVersionDatasetFacet", { datasetVersion: `sha256:${sha256}` }) };
}

function statisticsFacet(
  name: "inputStatistics" | "outputStatistics",
  { sizeBytes }: Pick<DatumRecord | InputFileRecord, "sizeBytes">,
): Facets {
  const form =
    name === "inputStatistics" ? "1-0-0/InputStatisticsInputDatasetFacet" : "1-0-2/OutputStatisticsOutputDatasetFacet";
  return { [name]: facet(form, { size: sizeBytes, fileCount: 1 }) };
}

/** The checks of inputs; the standard knows assertions of inputs only. */
function assertionsByInput(checks: StepChecksRecord | undefined): ReadonlyMap<string, Facets> {
  const found = (checks?.subjects ?? []).filter(({ kind }) => kind === "input");
  return new Map(
    found.map(({ name, checks: results }) => {
      const assertions = results.map(({ expected, outcome, subject, severity }) => ({
        ...{ assertion: expected, success: outcome === "passed", severity },
        ...(subject === null ? {} : { column: subject }),
      }));
      return [name, { dataQualityAssertions: facet("1-1-0/DataQualityAssertionsDatasetFacet", { assertions }) }];
    }),
  );
}

function facet(form: string, fields: Readonly<Record<string, unknown>>) {
  const [, name = ""] = form.split("/");
  return {
    _producer: PRODUCER,
    _schemaURL: `https://openlineage.io/spec/facets/${form}.json#/$defs/${name}`,
    ...fields,
  };
}
