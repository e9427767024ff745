import type { RunDetailView } from "../../api/index.ts";
import type { Project } from "../../app/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, toJson } from "../cli.ts";
import { type RunCallbacks, type ShowOptions, showRun } from "./show-run.ts";

/** `headrace resume`. With `--json` and a number the run is printed, without one the list of all that were resumed. */
export async function resumeRuns(project: Project, ref: string | undefined, options: ShowOptions, cli: Cli): Promise<void> {
  const numbers = ref === undefined ? (await project.listAbandoned()).map((run) => run.number) : [await runNumber(project, ref)];
  const results: RunDetailView[] = [];
  for (const number of numbers) {
    const outline = await detailsOf(project, String(number));
    let stop: AbortSignal | undefined;
    const drive = (callbacks: RunCallbacks): Promise<RunDetailView> => {
      stop = callbacks.signal;
      return project.resume(String(number), { tags: [], ...callbacks });
    };
    results.push(await showRun(project, outline, options, cli, drive));
    // Who presses Ctrl-C does not want the next run to begin.
    if (stop?.aborted === true) break;
  }
  if (options.json === true) cli.out.lines([toJson(ref === undefined ? results : results[0])]);
  else if (numbers.length === 0) cli.out.lines(["Nothing to resume: every run has ended or is being driven."]);
}

async function runNumber(project: Project, ref: string): Promise<number> {
  return (await detailsOf(project, ref)).number;
}

async function detailsOf(project: Project, ref: string): Promise<RunDetailView> {
  const info = await project.info(ref);
  if (info.kind === "run") return info.run;
  throw new HeadraceError("HR_USAGE", `${ref} is an execution; only runs are resumed`, { hint: `its run is ${info.execution.run}` });
}
