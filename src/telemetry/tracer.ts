import { hostname } from "node:os";
import type { ExecutionRecord, FinalState, RunRecord } from "../store/index.ts";
import { programVersion } from "../version.ts";
import { Exporter, type ExportFigures } from "./exporter.ts";
import { type TracingSettings, tracingSettings } from "./settings.ts";
import { otlpRequest, type Span } from "./span.ts";
import {
  formatTraceparent,
  isInShare,
  parseTraceparent,
  randomId,
  spanIdOf,
  type TraceContext,
  traceIdOfRun,
} from "./trace-context.ts";

/** The end of an execution, and what is known of its way there. */
export interface ExecutionTrace {
  readonly state: FinalState;
  readonly reason?: string;
  readonly at: number;
  /** The moments at which the step's process began and ended, if it did. */
  readonly processStartedAt?: number;
  readonly processEndedAt?: number;
}

export type TracedRun = Pick<RunRecord, "id" | "number" | "name" | "kind" | "createdAt" | "traceparent">;
export type TracedExecution = Pick<
  ExecutionRecord,
  "id" | "number" | "node" | "step" | "attempt" | "environmentName" | "createdAt" | "queuedAt" | "startedAt"
>;

interface Project {
  readonly id: string;
  readonly name: string;
}

/**
 * Tells a collector of runs, executions and requests. Ids of runs and executions come from their records, so that an
 * engine that takes over tells the same trace.
 */
export class Tracer implements AsyncDisposable {
  readonly #exporter: Exporter<Span>;
  readonly #share: number;

  constructor(settings: TracingSettings) {
    const resource = {
      ...{ "service.name": "headrace", "service.version": programVersion(), "host.name": hostname() },
      ...{ "process.pid": process.pid, "telemetry.sdk.name": "headrace", "telemetry.sdk.language": "nodejs" },
      ...settings.resource,
    };
    this.#exporter = new Exporter(settings, (batch) => otlpRequest(resource, batch));
    this.#share = settings.share;
  }

  /** By the variables of the process. Throws HR_USAGE. */
  static open(env: Readonly<Record<string, string | undefined>>): Tracer {
    return new Tracer(tracingSettings(env));
  }

  get figures(): ExportFigures {
    return this.#exporter.figures;
  }

  /** Returns the variables that a step gets in its environment, so that its own spans join. */
  variablesOf(run: TracedRun, { id }: Pick<ExecutionRecord, "id">): Readonly<Record<string, string>> {
    const { traceId, isSampled } = this.#contextOf(run);
    return { TRACEPARENT: formatTraceparent({ traceId, spanId: spanIdOf("execution", id), isSampled }) };
  }

  runEnded(project: Project, run: TracedRun, { state, reason, at }: ExecutionTrace): void {
    const { traceId, spanId, parentId, isSampled } = this.#contextOf(run);
    if (!isSampled) return;
    this.#exporter.add({
      ...{ traceId, spanId, ...(parentId !== undefined && { parentId }) },
      ...{ name: `run ${run.name}`, kind: "internal", startedAt: run.createdAt, endedAt: at },
      attributes: {
        ...attributesOf(project, run),
        ...{ "headrace.run.kind": run.kind, "headrace.run.state": state },
        "cicd.pipeline.result": RESULTS[state],
      },
      ...failureOf(state, reason),
    });
  }

  executionEnded(project: Project, run: TracedRun, execution: TracedExecution, end: ExecutionTrace): void {
    const context = this.#contextOf(run);
    if (!context.isSampled) return;
    const { id, queuedAt = execution.createdAt, startedAt = execution.createdAt } = execution;
    const spanId = spanIdOf("execution", id);
    const common = { traceId: context.traceId, kind: "internal" } as const;
    this.#exporter.add({
      ...{ ...common, spanId, parentId: context.spanId, name: `execution ${execution.node}` },
      ...{ startedAt: Math.min(queuedAt, startedAt), endedAt: end.at },
      attributes: {
        ...attributesOf(project, run),
        ...{ "headrace.execution.id": id, "headrace.execution.number": execution.number },
        ...{ "headrace.node": execution.node, "headrace.step": execution.step },
        ...{ "headrace.attempt": execution.attempt, "headrace.environment": execution.environmentName },
        ...{ "headrace.execution.state": end.state, "cicd.pipeline.task.name": execution.step },
        ...{ "cicd.pipeline.task.run.id": id, "cicd.pipeline.task.run.result": RESULTS[end.state] },
      },
      ...failureOf(end.state, end.reason),
    });
    for (const { name, from, to } of phasesOf({ queuedAt, startedAt }, end))
      this.#exporter.add({
        ...{ ...common, spanId: spanIdOf("execution", id, name), parentId: spanId, name },
        ...{ startedAt: from, endedAt: to, attributes: { "headrace.execution.id": id } },
      });
  }

  /** The span of a request that begins. Below the caller's own, where it has named one. */
  beginRequest(traceparent: string | undefined): RequestTrace {
    const parent = parseTraceparent(traceparent);
    const traceId = parent?.traceId ?? randomId(16);
    const isSampled = parent?.isSampled ?? isInShare(traceId, this.#share);
    const context = { traceId, spanId: randomId(8), isSampled };
    return {
      ...(parent !== undefined && { traceparent: formatTraceparent(context) }),
      end: (span) => {
        if (!isSampled) return;
        this.#exporter.add({
          ...{ ...span, traceId, spanId: context.spanId, kind: "server" },
          ...(parent !== undefined && { parentId: parent.spanId }),
        });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exporter[Symbol.asyncDispose]();
  }

  #contextOf({ id, traceparent }: Pick<TracedRun, "id" | "traceparent">): TraceContext & { parentId?: string } {
    const parent = parseTraceparent(traceparent);
    const traceId = parent?.traceId ?? traceIdOfRun(id);
    return {
      ...{ traceId, spanId: spanIdOf("run", id), isSampled: parent?.isSampled ?? isInShare(traceId, this.#share) },
      ...(parent !== undefined && { parentId: parent.spanId }),
    };
  }
}

export interface RequestTrace {
  /** The parent of all spans of the request; absent if its caller sent no trace. */
  readonly traceparent?: string;
  end(span: Pick<Span, "name" | "startedAt" | "endedAt" | "attributes" | "failure">): void;
}

/** Words of the semantic conventions for pipelines. */
const RESULTS = { complete: "success", error: "failure", stopped: "cancellation" } as const;

function attributesOf(project: Project, run: TracedRun): Span["attributes"] {
  return {
    ...{ "headrace.project.id": project.id, "headrace.project.name": project.name },
    ...{ "headrace.run.id": run.id, "headrace.run.number": run.number },
    ...{ "cicd.pipeline.name": run.name, "cicd.pipeline.run.id": run.id },
  };
}

function failureOf(state: FinalState, reason: string | undefined): Pick<Span, "failure"> {
  return state === "error" ? { failure: reason ?? "" } : {};
}

interface Phase {
  readonly name: "wait" | "prepare" | "run" | "collect";
  readonly from: number;
  readonly to: number;
}

/**
 * Returns the phases of an execution. A phase that did not begin is left out; if an engine died, a phase goes to the
 * end.
 */
function phasesOf(
  { queuedAt, startedAt }: { readonly queuedAt: number; readonly startedAt: number },
  { at, processStartedAt, processEndedAt }: ExecutionTrace,
): readonly Phase[] {
  return [
    { name: "wait", from: queuedAt, to: startedAt },
    { name: "prepare", from: startedAt, to: processStartedAt ?? at },
    ...(processStartedAt === undefined
      ? []
      : [{ name: "run", from: processStartedAt, to: processEndedAt ?? at } as const]),
    ...(processEndedAt === undefined ? [] : [{ name: "collect", from: processEndedAt, to: at } as const]),
  ];
}
