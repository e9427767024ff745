import type { ProjectApi, RunDetailView } from "../../api/index.ts";
import type { AttachOptions, LocalProject, OutsideCode, RunOptions } from "../../services/index.ts";
import { inCommands } from "../advice.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { EXIT } from "../failure.ts";
import { makeDisplay, type RunDisplay, type RunOutline } from "../live/display.ts";
import { missingPaths } from "../live/failure-hints.ts";
import { listenForInterruption } from "../live/interruption.ts";
import { type LogSource, logSource } from "../live/log-source.ts";
import { FAILURES_SHOWN, type FailedNode, renderSummary } from "../live/summary.ts";
import { type FailureTail, failureTail } from "./failure-tail.ts";

/** The answers to the first and the second Ctrl-C, and whether a closed terminal is taken for one. */
export interface InterruptionWords {
  readonly endsOnHangup: boolean;
  readonly first: string;
  readonly second: string;
}

const STOPPING: InterruptionWords = {
  endsOnHangup: false,
  first: "stopping… (Ctrl-C again kills the steps at once)",
  second: "killing…",
};

export interface ShowOptions extends GlobalOptions {
  /** True if the steps' output is shown as it comes. */
  readonly logs?: boolean;
  /** In place of the display that fits. */
  readonly display?: RunDisplay;
  /** Nothing is shown before the end, and then the result alone. */
  readonly quiet?: boolean;
}

/** `onEvent` is there where somebody looks at the events: a thousand of them are read in 20 ms. */
export type RunCallbacks = Required<Pick<RunOptions, "signal" | "killSignal">> &
  Pick<RunOptions, "onEvent"> &
  Required<Pick<AttachOptions, "onWarning">>;

/** A project whose runs are shown: here, or on a server, of which this folder's files say nothing. */
export interface ShownProject extends Partial<Pick<LocalProject, "outsideCode">> {
  readonly api: ProjectApi;
}

/**
 * Shows a run from its start, or from where it is resumed, to its end: live, then a summary; nothing with `--json`,
 * which the caller prints. Ctrl-C stops it, or does what `words` say; a failed run sets the exit code. A run that has
 * not ended when `drive` returns was left.
 */
export async function showRun(
  project: ShownProject,
  outline: RunOutline,
  options: ShowOptions,
  cli: Cli,
  drive: (callbacks: RunCallbacks) => Promise<RunDetailView>,
  words: InterruptionWords = STOPPING,
): Promise<RunDetailView> {
  const { result, hasShownLog, wasInterrupted } = await followed(project, outline, { ...options, words }, cli, drive);
  if (result.finishedAt === null) {
    cli.exitCode = EXIT.interrupted;
    return result;
  }
  // As every program that Ctrl-C ends; whoever stopped it from elsewhere has not interrupted this command.
  if (result.state !== "complete")
    cli.exitCode = wasInterrupted && result.state === "stopped" ? EXIT.interrupted : EXIT.failed;
  if (options.json === true) return result;
  cli.out.lines(
    renderSummary(result, await failedNodes(project, result, hasShownLog), {
      style: cli.out.style,
      width: cli.out.size().width,
      quiet: options.quiet === true,
    }),
  );
  return result;
}

/**
 * Returns the source of the steps' output if it is shown as it comes: as asked for, else if the run has one step only.
 */
export function logsShown(
  project: ShownProject,
  outline: RunOutline,
  { logs }: Pick<ShowOptions, "logs">,
): { readonly logs?: LogSource } {
  return (logs ?? outline.nodes.length === 1) ? { logs: logSource(project.api.logs) } : {};
}

interface Followed {
  readonly result: RunDetailView;
  readonly hasShownLog: RunDisplay["hasShownLog"];
  /** Ctrl-C, or SIGTERM. */
  readonly wasInterrupted: boolean;
}

async function followed(
  project: ShownProject,
  outline: RunOutline,
  options: ShowOptions & { readonly words: InterruptionWords },
  cli: Cli,
  drive: (callbacks: RunCallbacks) => Promise<RunDetailView>,
): Promise<Followed> {
  cli.isDriving = true;
  const silent = options.display === undefined && (options.json === true || options.quiet === true);
  using display = options.display ?? makeDisplay(cli, outline, { silent, ...logsShown(project, outline, options) });
  using interruption = listenForInterruption({
    endsOnHangup: options.words.endsOnHangup,
    onStop: () => display.say(options.words.first),
    onKill: () => display.say(options.words.second),
  });
  const result = await drive({
    ...(silent ? {} : { onEvent: (event) => display.onEvent(event) }),
    onWarning: (warning) => display.warn(inCommands(warning)),
    signal: interruption.stop,
    killSignal: interruption.kill,
  });
  if (result.finishedAt !== null) await display.finish(result);
  return {
    result,
    hasShownLog: (execution) => display.hasShownLog(execution),
    wasInterrupted: interruption.stop.aborted,
  };
}

/** A hint is worth no failure: that of the step is what is to be seen. */
async function outsideCode(
  project: ShownProject,
  execution: number,
  { lastErrors, lastLines }: FailureTail,
): Promise<OutsideCode | undefined> {
  const paths = missingPaths([...lastErrors, ...lastLines].map(({ text }) => text));
  return paths.length === 0 ? undefined : await project.outsideCode?.(String(execution), paths).catch(() => undefined);
}

async function failedNodes(
  project: ShownProject,
  result: RunDetailView,
  hasShownLog: RunDisplay["hasShownLog"],
): Promise<readonly FailedNode[]> {
  const failures = result.nodes.filter((node) => node.state === "error").slice(0, FAILURES_SHOWN);
  return await Promise.all(
    failures.map(async (node) => {
      if (node.execution === null) return { node, lastLines: [] };
      // If only this step's output stands right above, its end is not said a second time.
      const isShown = result.nodes.length === 1 && hasShownLog(node.execution.number);
      const tail = await failureTail(project.api.logs, node.execution.number);
      return { node, isShown, ...tail, outside: await outsideCode(project, node.execution.number, tail) };
    }),
  );
}
