import type { Project, RunDetailView, RunOptions } from "../../app/index.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { EXIT } from "../failure.ts";
import { makeDisplay, type RunOutline } from "../live/display.ts";
import { listenForInterruption } from "../live/interruption.ts";
import { FAILURE_LINES, FAILURES_SHOWN, type FailedNode, renderSummary } from "../live/summary.ts";

/** What the first and the second Ctrl-C are answered with. */
export interface InterruptionWords {
  readonly first: string;
  readonly second: string;
}

const STOPPING: InterruptionWords = { first: "stopping… (Ctrl-C again kills the steps at once)", second: "killing…" };

export type RunCallbacks = Required<Pick<RunOptions, "onEvent" | "onNotice" | "signal" | "killSignal">>;

/**
 * Shows a run from its start, or from where it is resumed, to its end: live, then a summary; nothing with `--json`, which the caller prints.
 * Ctrl-C stops it, or does what `words` say; a failed run sets the exit code. A run that has not ended when `drive` returns was left.
 */
export async function showRun(
  project: Project,
  outline: RunOutline,
  options: GlobalOptions,
  cli: Cli,
  drive: (callbacks: RunCallbacks) => Promise<RunDetailView>,
  words: InterruptionWords = STOPPING,
): Promise<RunDetailView> {
  const result = await followed(outline, { ...options, words }, cli, drive);
  if (result.finishedAt === null) {
    cli.exitCode = EXIT.interrupted;
    return result;
  }
  if (result.state !== "complete") cli.exitCode = EXIT.failed;
  if (options.json === true) return result;
  cli.out.lines(renderSummary(result, await failedNodes(project, result), { style: cli.out.style, width: cli.out.size().width }));
  return result;
}

async function followed(
  outline: RunOutline,
  options: GlobalOptions & { readonly words: InterruptionWords },
  cli: Cli,
  drive: (callbacks: RunCallbacks) => Promise<RunDetailView>,
): Promise<RunDetailView> {
  using display = makeDisplay(cli, outline, { json: options.json === true });
  using interruption = listenForInterruption({
    onStop: () => display.say(options.words.first),
    onKill: () => display.say(options.words.second),
  });
  return await drive({
    onEvent: (event) => display.onEvent(event),
    onNotice: (notice) => display.onNotice(notice),
    signal: interruption.stop,
    killSignal: interruption.kill,
  });
}

async function failedNodes(project: Project, result: RunDetailView): Promise<readonly FailedNode[]> {
  const failures = result.nodes.filter((node) => node.state === "error").slice(0, FAILURES_SHOWN);
  return await Promise.all(
    failures.map(async (node) => {
      if (node.execution === null) return { node, lastLines: [] };
      const lastLines = await Array.fromAsync(project.logs(String(node.execution.number), { follow: false, tail: FAILURE_LINES }));
      return { node, lastLines };
    }),
  );
}
