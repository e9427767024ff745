import type { Command } from "commander";
import type { ReproductionView } from "../../api/index.ts";
import type { SandboxChoice } from "../../services/index.ts";
import { choiceOption, collect, SANDBOXES, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { EXIT } from "../failure.ts";
import { withFolder } from "../project-at-hand.ts";
import { addLogOptions } from "./log-options.ts";
import { LATEST, REF_OR_LATEST_HELP } from "./ref-help.ts";

interface ReproduceOptions extends GlobalOptions {
  readonly logs?: boolean;
  readonly tag?: readonly string[];
  readonly jobs?: number;
  readonly sandbox?: SandboxChoice;
}

export function addReproduce(program: Command, cli: Cli): void {
  const command = addLogOptions(program.command("reproduce"))
    .description("execute a run or an execution once more as it was recorded, and compare every output byte by byte")
    .argument("[number]", REF_OR_LATEST_HELP, LATEST)
    .option(
      "-j, --jobs <count>",
      "how many steps run at a time (default: the number of cores)",
      wholeNumber("--jobs", 1),
    )
    .option("--tag <tag>", "a tag for the new run; may be repeated", collect)
    .addOption(choiceOption("--sandbox <kind>", "how steps are kept apart from the machine", SANDBOXES))
    .action(async (ref: string, _options, self: Command) => {
      const options = self.optsWithGlobals<ReproduceOptions>();
      const { showReproduction } = await import("../run/show-reproduction.ts");
      await withFolder(cli, options, async (project) => {
        const own = { tags: options.tag ?? [], ...(options.jobs === undefined ? {} : { jobs: options.jobs }) };
        const view: ReproductionView = await showReproduction(project, ref, { ...options, own }, cli);
        cli.exitCode = view.equal ? EXIT.ok : EXIT.failed;
        await printResult(cli, options, view, async () => {
          const { renderReproduction } = await import("../render/reproduction.ts");
          return renderReproduction(view, cli.out.style);
        });
      });
    });
  withExamples(command, [
    ["headrace reproduce 12", "a run, or one execution"],
    ["headrace reproduce 12.train --json", "one node; exits with 1 when a file differs"],
  ]);
}
