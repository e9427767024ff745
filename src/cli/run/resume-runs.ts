import type { Project, RunDetailView } from "../../app/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { showRun } from "./show-run.ts";

/** `headrace resume`. With `--json` and no number, the runs are printed one after the other. */
export async function resumeRuns(project: Project, ref: string | undefined, options: GlobalOptions, cli: Cli): Promise<void> {
  const numbers = ref === undefined ? (await project.listAbandoned()).map((run) => run.number) : [await runNumber(project, ref)];
  if (numbers.length === 0) await printResult(cli, options, [], () => ["Nothing to resume: every run has ended or is being driven."]);
  for (const number of numbers) {
    const outline = await detailsOf(project, String(number));
    await showRun(project, outline, options, cli, (callbacks) => project.resume(String(number), { tags: [], ...callbacks }));
  }
}

async function runNumber(project: Project, ref: string): Promise<number> {
  return (await detailsOf(project, ref)).number;
}

async function detailsOf(project: Project, ref: string): Promise<RunDetailView> {
  const info = await project.info(ref);
  if (info.kind === "run") return info.run;
  throw new HeadraceError("HR_USAGE", `${ref} is an execution; only runs are resumed`, { hint: `its run is ${info.execution.run}` });
}
