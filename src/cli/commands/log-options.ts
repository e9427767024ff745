import { type Command, Option } from "commander";

/** `--logs`, `--no-logs` and `--quiet`, of all commands that show a run live. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--logs", "show what the steps print while they run (of a run of one step that is so anyway)"),
    )
    .addOption(new Option("--no-logs", "show only how far the steps are"))
    .addOption(
      new Option("-q, --quiet", "show nothing while the run goes on; at its end the result, and errors").conflicts(
        "logs",
      ),
    );
}
