import { type Command, Option } from "commander";

/** `--logs` and `--no-logs`, of all commands that show a run live. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(new Option("--logs", "show what the steps print while they run (of a run of one step that is so anyway)"))
    .addOption(new Option("--no-logs", "show only how far the steps are"));
}
