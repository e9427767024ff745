import type { Prediction } from "../../api/index.ts";
import type { Project, RunOptions } from "../../app/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { RunRequest } from "../../planning/index.ts";
import { formatSize } from "../../views/index.ts";
import { type Cli, printResult, toJson, withProject } from "../cli.ts";
import type { RunCommandOptions } from "../commands/run.ts";
import { HeldDisplay } from "../live/held-display.ts";
import { harmless } from "../terminal/harmless.ts";
import { requireTerminal } from "../terminal/own-terminal.ts";
import { fromRequest, type RunCall, requestOf, type TargetCall } from "./request-of.ts";
import { type InterruptionWords, showRun } from "./show-run.ts";

/** `headrace run`. */
export async function runTarget({ target, ...rest }: RunCall, cli: Cli): Promise<void> {
  if (target?.startsWith("-") === true) {
    throw new HeadraceError("HR_USAGE", `option ${target} stands before the name of a step or pipeline`, {
      hint: `write headrace run NAME ${target}`,
    });
  }
  if (rest.options.interactive === true) checkInteractive(rest.options);
  await withProject(cli, rest.options, async (project) => {
    if (target === undefined) throw takenForNode(rest.options) ?? (await missingTarget(project));
    const call = { target, ...rest };
    const request = await requestOf(call, project);
    if (call.options.dryRun === true) await dryRun(project, request, call, cli);
    else if (call.options.detach === true) await detach(project, request, call, cli);
    else await run(project, request, call, cli);
  });
}

function checkInteractive(options: RunCommandOptions): void {
  const others = { "--detach": options.detach, "--downstream": options.downstream, "--dry-run": options.dryRun, "--json": options.json };
  const other = Object.entries(others).find(([, given]) => given === true);
  if (other !== undefined) {
    throw new HeadraceError("HR_USAGE", `--interactive does not go with ${other[0]}`, { hint: "leave one of the two out" });
  }
  requireTerminal("--interactive");
}

async function missingTarget(project: Project): Promise<HeadraceError> {
  const { config } = await project.loadConfig();
  const names = [...(config?.pipelines ?? []), ...(config?.steps ?? [])].map(({ name }) => name);
  const shown = names.slice(0, TARGETS_SHOWN).join(", ");
  const more = names.length > TARGETS_SHOWN ? ` and ${names.length - TARGETS_SHOWN} more` : "";
  return new HeadraceError("HR_USAGE", "which step or pipeline is to run?", {
    hint: names.length === 0 ? "the configuration holds none; `headrace lint` checks it" : `name one of ${shown}${more}`,
  });
}

/** `headrace run --fresh train`: the word was meant as the target. */
function takenForNode({ fresh }: RunCommandOptions): HeadraceError | undefined {
  const name = fresh?.find((node) => node !== "");
  if (name === undefined) return undefined;
  return new HeadraceError("HR_USAGE", `which step or pipeline is to run? ${name} was read as the node of --fresh`, {
    hint: `write headrace run ${name} --fresh`,
  });
}

const TARGETS_SHOWN = 20;

interface DryFacts {
  readonly predictions?: readonly Prediction[];
  readonly warnings: readonly string[];
}

async function dryRun(project: Project, request: RunRequest, { options }: TargetCall, cli: Cli): Promise<void> {
  const { describePlan } = await import("../../planning/index.ts");
  const from = fromRequest(request, options);
  const plan = from === undefined ? await project.plan(request) : await project.planFrom(from);
  const description = describePlan(plan);
  const { predictions, warnings }: DryFacts = from === undefined ? await project.predict(request) : await project.predictFrom(from);
  const nodes = description.nodes.map((node, index) => ({ ...node, ...(predictions && { prediction: predictions[index] }) }));
  if (options.json !== true) cli.err.lines(warnings.map((message) => `${cli.err.style.yellow("warning:")} ${harmless(message)}`));
  await printResult(cli, options, { ...description, nodes, warnings }, async () => {
    const { renderPlan } = await import("../render/plan.ts");
    const commands = new Map(description.nodes.map((node) => [node.name, node.command] as const));
    return renderPlan(plan, { commands, ...(predictions && { predictions }) }, cli.out.style);
  });
}

async function run(project: Project, request: RunRequest, { options }: TargetCall, cli: Cli): Promise<void> {
  // Planned here too, so that every error comes before the display, which needs the nodes in their order.
  const from = fromRequest(request, options);
  const plan = from === undefined ? await project.plan(request) : await project.planFrom(from);
  const held = options.interactive === true ? new HeldDisplay(cli) : undefined;
  const own = { ...recordedOptions(options), ...(held && { terminal: held }) };
  const warnings: string[] = [];
  const drive: Parameters<typeof showRun>[4] = (callbacks) => {
    const all = { ...own, ...callbacks, onNotice: noting(warnings, callbacks.onNotice) };
    return from === undefined ? project.run(request, all) : project.runFrom(from, all);
  };
  const result = await (held === undefined
    ? showRun(project, plan, options, cli, drive)
    : showRun(project, plan, { ...options, display: held }, cli, drive, ON_TERMINAL));
  if (options.json === true) cli.out.lines([toJson({ ...result, warnings })]);
  await clearUp(project, cli, options.json === true);
}

/** With the terminal, whoever worked with the step is gone. */
const ON_TERMINAL: InterruptionWords = { endsOnHangup: true, first: "stopping…", second: "killing…" };

type OnNotice = NonNullable<RunOptions["onNotice"]>;

/** With `--json` nobody sees the display: warnings stand in the answer. */
function noting(warnings: string[], onNotice: OnNotice): OnNotice {
  return (notice) => {
    if (notice.kind === "warning") warnings.push(notice.node === undefined ? notice.message : `${notice.node}: ${notice.message}`);
    onNotice(notice);
  };
}

/** After everything was said, so that nobody waits for it. */
async function clearUp(project: Project, cli: Cli, isQuiet: boolean): Promise<void> {
  const cleared = await project.clearUpDaily().catch((error: unknown) => {
    // The run is what counts, and it is over.
    if (!(error instanceof HeadraceError)) throw error;
    cli.err.lines([`${cli.err.style.yellow("warning:")} could not clear up: ${error.message}`]);
    return undefined;
  });
  if (cleared === undefined || cleared.removals.length === 0 || isQuiet) return;
  const bytes = cleared.removals.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const { dim } = cli.err.style;
  cli.err.lines([
    dim(
      `cleared up what nothing needs any more: ${formatSize(bytes)} (headrace docs housekeeping; HEADRACE_RETENTION=off switches it off)`,
    ),
  ]);
}

function recordedOptions(options: RunCommandOptions): Pick<RunOptions, "tags" | "jobs" | "title"> {
  return {
    tags: options.tag ?? [],
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    ...(options.title === undefined ? {} : { title: options.title }),
  };
}

async function detach(project: Project, request: RunRequest, { options }: TargetCall, cli: Cli): Promise<void> {
  fromRequest(request, options);
  const warnings: string[] = [];
  const onNotice = noting(warnings, ({ message }) => cli.err.lines([`${cli.err.style.yellow("warning:")} ${harmless(message)}`]));
  const run = await project.runDetached(request, { ...recordedOptions(options), onNotice });
  await printResult(cli, options, { ...run, warnings }, () => [
    `Run ${run.number} goes on in the background.`,
    `\`headrace attach ${run.number}\` follows it, \`headrace stop ${run.number}\` stops it.`,
  ]);
}
