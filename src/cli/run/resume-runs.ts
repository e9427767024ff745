import type { RunDetailView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { LocalProject } from "../../services/index.ts";
import { type Cli, toJson } from "../cli.ts";
import { wholeRun } from "../whole-run.ts";
import { type RunCallbacks, type ShowOptions, showRun } from "./show-run.ts";

/** `headrace resume`. With `--json` and a number the run is printed, without one the list of all that were resumed. */
export async function resumeRuns(
  project: LocalProject,
  ref: string | undefined,
  options: ShowOptions,
  cli: Cli,
): Promise<void> {
  const numbers =
    ref === undefined
      ? (await project.api.runs.listAbandoned()).map((run) => run.number)
      : [await runNumber(project, ref)];
  const results: RunDetailView[] = [];
  for (const number of numbers) {
    const outline = await wholeRun(project.api, String(number));
    let stop: AbortSignal | undefined;
    const drive = (callbacks: RunCallbacks): Promise<RunDetailView> => {
      stop = callbacks.signal;
      return project.driving.resume(String(number), { tags: [], ...callbacks });
    };
    results.push(await showRun(project, outline, options, cli, drive));
    // A user who presses Ctrl-C does not want the next run to begin.
    if (stop?.aborted === true) break;
  }
  if (options.json === true) cli.out.lines([toJson(ref === undefined ? results : results[0])]);
  else if (numbers.length === 0) cli.out.lines(["Nothing to resume: every run has ended or is being driven."]);
}

async function runNumber({ api }: LocalProject, ref: string): Promise<number> {
  const subject = await api.records.get(ref);
  if (subject.kind === "run") return subject.run.number;
  throw new HeadraceError("HR_USAGE", `${ref} is an execution; only runs are resumed`, {
    hint: `its run is ${subject.execution.run}`,
  });
}
