import type { PlanRequest } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { LocalProject } from "../../services/index.ts";
import { formatSize } from "../../views/index.ts";
import { type Cli, printResult, toJson } from "../cli.ts";
import type { RunCommandOptions } from "../commands/run.ts";
import { HeldDisplay } from "../live/held-display.ts";
import { isRemote, withProject } from "../project-at-hand.ts";
import { harmless } from "../terminal/harmless.ts";
import { requireTerminal } from "../terminal/own-terminal.ts";
import { dryRun, recordedOptions, requestIn } from "./asked-run.ts";
import type { RunCall } from "./request-of.ts";
import { runOnServer } from "./run-on-server.ts";
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
    const call = { target, ...rest };
    if (isRemote(project)) return await runOnServer(project, call, cli);
    const request = await requestIn(call, project.api);
    if (call.options.dryRun === true) await dryRun(project.api, request, call, cli);
    else if (call.options.detach === true) await detach(project, request, call, cli);
    else await run(project, request, call, cli);
  });
}

function checkInteractive(options: RunCommandOptions): void {
  const others = {
    "--detach": options.detach,
    "--downstream": options.downstream,
    "--dry-run": options.dryRun,
    "--json": options.json,
  };
  const other = Object.entries(others).find(([, given]) => given === true);
  if (other !== undefined) {
    throw new HeadraceError("HR_USAGE", `--interactive does not go with ${other[0]}`, {
      hint: "leave one of the two out",
    });
  }
  requireTerminal("--interactive");
}

async function run(project: LocalProject, request: PlanRequest, { options }: RunCall, cli: Cli): Promise<void> {
  // Planned first, so that every error comes before the display, which needs the nodes in their order.
  const plan = await project.api.plans.create(request);
  const held = options.interactive === true ? new HeldDisplay(cli) : undefined;
  const own = { ...recordedOptions(options), ...(held && { terminal: held }) };
  const drive: Parameters<typeof showRun>[4] = (callbacks) => project.driving.run(plan.id, { ...own, ...callbacks });
  const result = await (held === undefined
    ? showRun(project, plan, options, cli, drive)
    : showRun(project, plan, { ...options, display: held }, cli, drive, ON_TERMINAL));
  if (options.json === true) cli.out.lines([toJson(result)]);
  await clearUp(project, cli, options.json === true);
}

/** With the terminal, whoever worked with the step is gone. */
const ON_TERMINAL: InterruptionWords = { endsOnHangup: true, first: "stopping…", second: "killing…" };

/** After everything was said, so that nobody waits for it. */
async function clearUp(project: LocalProject, cli: Cli, isQuiet: boolean): Promise<void> {
  const cleared = await project.upkeep.clearUpDaily().catch((error: unknown) => {
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

async function detach(project: LocalProject, request: PlanRequest, { options }: RunCall, cli: Cli): Promise<void> {
  const { id } = await project.api.plans.create(request);
  const run = await project.api.runs.start(id, recordedOptions(options));
  if (options.json !== true)
    cli.err.lines(run.warnings.map((message) => `${cli.err.style.yellow("warning:")} ${harmless(message)}`));
  await project.driving.ensureEngine(run.number);
  await printResult(cli, options, run, () => [
    `Run ${run.number} goes on in the background.`,
    `\`headrace attach ${run.number}\` follows it, \`headrace stop ${run.number}\` stops it.`,
  ]);
}
