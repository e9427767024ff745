import type { PlanRequest } from "../../api/index.ts";
import { onAbort } from "../../concurrency/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, printResult, toJson } from "../cli.ts";
import type { RunCommandOptions } from "../commands/run.ts";
import { EXIT } from "../failure.ts";
import type { RemoteProject } from "../remote/remote-project.ts";
import { harmless } from "../terminal/harmless.ts";
import { dryRun, recordedOptions, requestIn } from "./asked-run.ts";
import { codeToRun } from "./code-to-run.ts";
import { followRun } from "./follow-run.ts";
import type { RunCall } from "./request-of.ts";
import { type InterruptionWords, type RunCallbacks, showRun } from "./show-run.ts";

/** `headrace run` in a folder that belongs to a server: shown as a run of this machine is. */
export async function runOnServer(project: RemoteProject, asked: RunCall, cli: Cli): Promise<void> {
  refuseOwnOptions(asked.options, project);
  const commit = asked.options.commit ?? (await codeToRun(project, asked.options, cli));
  const call = { ...asked, options: { ...asked.options, ...(commit !== undefined && { commit }) } };
  try {
    const request = await requestIn(call, project.api);
    if (call.options.dryRun === true) await dryRun(project.api, request, call, cli);
    else if (call.options.detach === true) await detach(project, request, call.options, cli);
    else await run(project, request, call.options, cli);
  } catch (error) {
    throw asked.options.commit === undefined && commit !== undefined ? inThisFolder(error, commit) : error;
  }
}

/** Places in the code that was sent are places in this folder: an editor opens them. */
function inThisFolder(error: unknown, commit: string): unknown {
  if (!(error instanceof HeadraceError)) return error;
  const shorter = (text: string): string => text.replaceAll(`${commit}:`, "").replaceAll(`${commit.slice(0, 12)}:`, "");
  const { hint, details } = error.advice;
  return new HeadraceError(error.code, shorter(error.message), {
    details: details.map((detail) => (typeof detail === "string" ? shorter(detail) : detail)),
    ...(hint !== undefined && { hint }),
    cause: error,
  });
}

function refuseOwnOptions({ interactive, sandbox }: RunCommandOptions, { setting }: RemoteProject): void {
  const option = interactive === true ? "--interactive" : sandbox === undefined ? undefined : "--sandbox";
  if (option === undefined) return;
  throw new HeadraceError(
    "HR_NOT_SUPPORTED",
    `${option} is for steps on this machine, and this runs on ${setting.server}`,
    {
      hint: [{ do: "set", option: "local" }, " runs it here"],
    },
  );
}

async function start(project: RemoteProject, request: PlanRequest, options: RunCommandOptions, cli: Cli) {
  const { api } = project;
  const { id, nodes, name } = await api.plans.create(request);
  const run = await api.runs.start(id, recordedOptions(options));
  if (options.json !== true)
    cli.err.lines(run.warnings.map((message) => `${cli.err.style.yellow("warning:")} ${harmless(message)}`));
  return { run, outline: { name, nodes } };
}

async function run(project: RemoteProject, request: PlanRequest, options: RunCommandOptions, cli: Cli): Promise<void> {
  const started = await start(project, request, options, cli);
  const { number } = started.run;
  const drive = async ({ onEvent, onWarning, signal, killSignal }: RunCallbacks) => {
    const stop = (): void =>
      void project.api.runs.stop(String(number)).catch((error: unknown) => {
        onWarning(error instanceof HeadraceError ? error.message : String(error));
      });
    using _stopping = onAbort(signal, stop);
    return await followRun(project, number, { onEvent, onWarning, signal: killSignal, isNew: true });
  };
  const result = await showRun(project, started.outline, options, cli, drive, STOPPING);
  if (options.json === true) cli.out.lines([toJson(result)]);
  if (result.finishedAt !== null) return;
  cli.exitCode = EXIT.interrupted;
  if (options.json !== true)
    cli.err.lines([`left run ${number}, which stops on the server; \`headrace info ${number}\` shows it`]);
}

/** A run on another machine can be left, but not killed from here. */
const STOPPING: InterruptionWords = {
  endsOnHangup: false,
  first: "stopping… (Ctrl-C again leaves)",
  second: "leaving…",
};

async function detach(
  project: RemoteProject,
  request: PlanRequest,
  options: RunCommandOptions,
  cli: Cli,
): Promise<void> {
  const { run: started } = await start(project, request, options, cli);
  await printResult(cli, options, started, () => [
    `Run ${started.number} goes on on the server.`,
    `\`headrace attach ${started.number}\` follows it, \`headrace stop ${started.number}\` stops it.`,
  ]);
}
