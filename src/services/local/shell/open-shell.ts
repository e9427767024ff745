import type { PlanRequest } from "../../../api/index.ts";
import { THIS_MACHINE } from "../../../config/index.ts";
import { holdStep } from "../../../engine/index.ts";
import { HeadraceError } from "../../../errors.ts";
import type { JobEnd, StepTerminal } from "../../../executors/index.ts";
import { type Plan, type PlannedExecution, type ResolvedNode, resolveNode } from "../../../planning/index.ts";
import type { ExecutionRecord, Remark, RunRecord } from "../../../store/index.ts";
import { type AssembledEngine, assembleEngine, type EngineSetting } from "../../installation/assemble-engine.ts";
import { pinCode } from "../../plans/plan-code.ts";
import type { PlacedPlan } from "../../plans/plan-request.ts";
import { folderOf } from "../folder-of.ts";
import { onTerminal } from "../on-terminal.ts";
import { keepOutputs, requireKeepFolder } from "./keep-outputs.ts";
import { makeShellFolder, removeAbandonedShells } from "./shell-folders.ts";
import { planShell, type ShellPlan, type ShellSubject } from "./shell-subject.ts";

export interface ShellOptions {
  readonly terminal: StepTerminal;
  /** The folder to which its outputs are copied at the end; absent: they go with it. */
  readonly keep?: string;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  readonly onReady: (view: ShellView) => void;
  /** Takes the remarks made while it is prepared: nothing is on record about a shell. */
  readonly onRemark: (remark: Remark) => void;
}

/** The place in which a shell runs, to be shown before it opens. */
export interface ShellView {
  readonly label: string;
  /** The step's command, as that execution ran it. */
  readonly command: readonly string[];
  readonly commit: string;
  /** `/valohai` in a sandbox. */
  readonly valohai: string;
  readonly inputFiles: number;
}

/**
 * No start-up file is read, which may take the prompt and the search path back; without bash, sh. The prompt stands
 * here, since a shell that runs a script drops the one of its environment; shells expand what is in it.
 */
function shellCommand(label: string): string {
  const prompt = `export PS1='headrace ${label.replaceAll(/[^\w.-]/g, "_")} $ ' HISTFILE=`;
  return `${prompt}; if command -v bash >/dev/null 2>&1; then exec bash --noprofile --norc -i; else exec sh -i; fi`;
}

/** Opens a shell in the place of a step, on the terminal; resolves with its exit code. Nothing of it is recorded. */
export async function openShellIn(
  setting: EngineSetting,
  subject: ShellSubject,
  planNow: (request: PlanRequest) => Promise<PlacedPlan>,
  options: ShellOptions,
): Promise<number> {
  const plan = await planShell(subject, { project: setting.project, store: setting.store, plan: planNow });
  const end = await openShell(setting, plan, options);
  if (end.kind === "exited") return end.exitCode;
  if (end.kind === "signalled") return KILLED;
  throw new HeadraceError("HR_STEP_START", end.reason);
}

/** As shells say it of what SIGKILL has ended. */
const KILLED = 137;

async function openShell(
  setting: EngineSetting,
  { node: planned, ...plan }: ShellPlan,
  options: ShellOptions,
): Promise<JobEnd> {
  const { project } = setting;
  const keep = options.keep === undefined ? undefined : requireKeepFolder(options.keep, folderOf(project).root);
  const whole: Plan = { kind: "step", name: planned.step.name, nodes: [planned], parameters: {} };
  const node = onTerminal(whole, await project.settings()).nodes[0] as PlannedExecution;
  for (const message of plan.warnings) options.onRemark({ kind: "warning", message });
  await removeAbandonedShells(project);
  await using engine = await assembleEngine(setting, { terminal: options.terminal });
  const pinned = await pinCode(whole, plan.code, engine.recorder.places);
  const commit = pinned.plan.nodes[0]?.commit ?? pinned.record.identifier;
  const { id, folder } = await makeShellFolder(project);
  const step = {
    ...stepOf(engine, { id, node, commit, plan }),
    stop: options.signal,
    kill: options.signal,
    abandon: options.signal,
    remarks: {
      progress: (message: string) => options.onRemark({ kind: "progress", message }),
      warn: (message: string) => options.onRemark({ kind: "warning", message }),
      take: () => [],
    },
  };
  const place = { ...(await engine.parts.placeOf(step.execution)), folder };
  return await holdStep(engine.parts, {
    step,
    place,
    command: [shellCommand(plan.label)],
    onReady: (ready) =>
      options.onReady({
        ...{ label: plan.label, command: step.execution.command, commit },
        valohai: ready.valohaiRoot,
        inputFiles: ready.inputFiles,
      }),
    onEnd: async ({ outputs }) => {
      if (keep !== undefined) await keepOutputs(outputs, keep);
    },
  });
}

interface ShellStep {
  readonly id: string;
  readonly node: PlannedExecution;
  readonly commit: string;
  readonly plan: Pick<ShellPlan, "recorded">;
}

/** Returns what preparing a place needs to know of an execution; none of it comes to the records. */
function stepOf({ parts }: AssembledEngine, { id, node, commit, plan: { recorded } }: ShellStep) {
  const { parameters, inputs, environmentVariables, command } = resolved(node);
  const at = parts.clock.now();
  const number = recorded?.execution.number ?? 0;
  const execution: ExecutionRecord = {
    ...{ id, number, runId: recorded?.run.id ?? id, node: node.name, step: node.step.name, state: "started", commit },
    ...{
      image: node.step.image,
      command,
      parameters,
      inputs,
      environmentVariables,
      environmentName: node.environment ?? THIS_MACHINE,
    },
    ...{ attempt: 1, environment: {}, metadata: {}, createdAt: recorded?.execution.createdAt ?? at },
  };
  const run: RunRecord = recorded?.run ?? {
    ...{ id, number, kind: "step", name: node.step.name, state: "started", tags: [], parameters: {}, commit },
    ...{ jobs: 1, pool: parts.members.pool, fence: 0, createdAt: at },
  };
  return { run, node, execution, fence: 0 };
}

function resolved(node: PlannedExecution): ResolvedNode {
  const resolution = resolveNode(node, {});
  if (resolution.ok) return resolution.resolved;
  throw new HeadraceError("HR_PLAN_INVALID", resolution.message);
}
