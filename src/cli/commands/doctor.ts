import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult, projectQuery } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { EXIT } from "../failure.ts";

export function addDoctor(program: Command, cli: Cli): void {
  const command = program
    .command("doctor")
    .description("look at everything that a run needs, and say how to mend what is broken")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const [{ examine }, { renderExamination }] = await Promise.all([
        import("../../services/index.ts"),
        import("../render/examination.ts"),
      ]);
      const examination = await examine({ ...projectQuery(cli, options), env: cli.env });
      if (!examination.healthy) cli.exitCode = EXIT.failed;
      await printResult(cli, options, examination, () => renderExamination(examination, cli.out.style));
    });
  withExamples(command, [
    ["headrace doctor", "in a project, or anywhere for the machine alone"],
    ["headrace doctor --json", "for a script; exits with 1 when something is broken"],
  ]);
}
