import { HeadraceError } from "../../errors.ts";
import { type Cli, toJson } from "../cli.ts";
import { EXIT } from "../failure.ts";
import { isRemote, type ProjectAtHand } from "../project-at-hand.ts";
import { wholeRun } from "../whole-run.ts";
import { followRun } from "./follow-run.ts";
import { type InterruptionWords, type ShowOptions, showRun } from "./show-run.ts";

/** `headrace attach`: the display of a run that another process drives. Ctrl-C ends the display alone. */
export async function attachToRun(project: ProjectAtHand, ref: string, options: ShowOptions, cli: Cli): Promise<void> {
  const subject = await project.api.records.get(ref);
  if (subject.kind === "execution") {
    const { number: execution, run: ofRun } = subject.execution;
    throw new HeadraceError("HR_USAGE", `${ref} is an execution; only runs are attached to`, {
      hint: `its run is ${ofRun}; \`headrace logs ${execution} -f\` follows the execution`,
    });
  }
  const { number } = subject.run;
  const outline = await wholeRun(project.api, String(number));
  let leaving: AbortSignal | undefined;
  const follow: Parameters<typeof showRun>[4] = ({ onEvent, onWarning, signal }) => {
    leaving = signal;
    // A person may resume it in another window and look on; a script would wait for ever.
    const leavesAbandoned = !cli.out.isTerminal;
    const wish = { onEvent, onWarning, signal, leavesAbandoned };
    return isRemote(project) ? followRun(project, number, wish) : project.driving.attach(String(number), wish);
  };
  const result = await showRun(project, outline, options, cli, follow, LEAVING);
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
