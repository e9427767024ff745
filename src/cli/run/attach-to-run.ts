import type { Project } from "../../app/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, toJson } from "../cli.ts";
import { EXIT } from "../failure.ts";
import { type InterruptionWords, type ShowOptions, showRun } from "./show-run.ts";

/** `headrace attach`: the display of a run that another process drives. Ctrl-C ends the display alone. */
export async function attachToRun(project: Project, ref: string, options: ShowOptions, cli: Cli): Promise<void> {
  const info = await project.info(ref);
  if (info.kind === "execution") {
    throw new HeadraceError("HR_USAGE", `${ref} is an execution; only runs are attached to`, {
      hint: `its run is ${info.execution.run}; \`headrace logs ${info.execution.number} -f\` follows the execution`,
    });
  }
  const { number } = info.run;
  let leaving: AbortSignal | undefined;
  const follow: Parameters<typeof showRun>[4] = ({ onEvent, onNotice, signal }) => {
    leaving = signal;
    // A person may resume it in another window and look on; a script would wait for ever.
    return project.attach(String(number), { onEvent, onNotice, signal, leavesAbandoned: !cli.out.isTerminal });
  };
  const result = await showRun(project, info.run, options, cli, follow, LEAVING);
  if (options.json === true) cli.out.lines([toJson(result)]);
  if (result.finishedAt === null && leaving?.aborted !== true) {
    cli.exitCode = EXIT.failed;
    cli.err.lines([`no process drives run ${number}: \`headrace resume ${number}\` carries on with it`]);
  } else if (options.json !== true && result.finishedAt === null) {
    // Said after the display, whose last frame would take it away.
    cli.err.lines([`left run ${number}, which goes on; \`headrace stop ${number}\` would stop it`]);
  }
}

const LEAVING: InterruptionWords = { endsOnHangup: true, first: "leaving…", second: "leaving…" };
