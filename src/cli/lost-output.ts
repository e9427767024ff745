import type { Cli } from "./cli.ts";
import { EXIT, renderFailure } from "./failure.ts";

/**
 * The exit code where what was printed may have been lost: a command that does nothing else has failed then, and says
 * so where it still can. A run went on and has its own outcome; only whoever asked for JSON got nothing of it.
 */
export function exitCodeAfter(code: number, cli: Cli, isJson: boolean): number {
  const lost = cli.out.lost();
  if (lost === undefined) return code;
  const failure = {
    code: "HR_OUTPUT_LOST",
    message: `what was printed could not be written (${lost.code ?? lost.message})`,
    hint: cli.isDriving === true ? "what ran is recorded: `headrace ls` and `headrace info N` show it" : null,
    ...{ details: [], exitCode: EXIT.failed, stack: lost.stack },
  };
  cli.err.lines(renderFailure(failure, { style: cli.err.style, debug: false }));
  return code === EXIT.ok && !(cli.isDriving === true && !isJson) ? EXIT.failed : code;
}
