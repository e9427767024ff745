import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";
import { oneLine } from "../terminal/width.ts";
import { REF_HELP } from "./ref-help.ts";

export function addApprove(program: Command, cli: Cli): void {
  const command = decision(program, cli, "approve", "approved").description("let a node begin that waits for it");
  withExamples(command, [["headrace approve 12 deploy --comment 'numbers look right'", "the node begins"]]);
}

export function addReject(program: Command, cli: Cli): void {
  const command = decision(program, cli, "reject", "rejected").description("refuse that a node begins");
  withExamples(command, [["headrace reject 12 deploy --comment 'too few rows'", "it and what follows are skipped"]]);
}

function decision(program: Command, cli: Cli, name: string, decided: "approved" | "rejected"): Command {
  return program
    .command(name)
    .argument("<number>", REF_HELP)
    .argument("<node>", "the node that waits")
    .option("-m, --comment <text>", "why; kept with the decision", "")
    .action(async (ref: string, node: string, _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { readonly comment: string }>();
      await withProject(cli, options, async ({ api }) => {
        const result = await api.runs.decide(ref, node, { decision: decided, comment: options.comment });
        const isAbandoned = (await api.runs.listAbandoned()).some(({ number }) => number === result.run);
        await printResult(cli, options, result, () => [
          `${cli.out.style.green("✓")} ${oneLine(node)} of run ${result.run} is ${decided}`,
          ...(isAbandoned ? [`  no process drives the run: headrace resume ${result.run}`] : []),
        ]);
      });
    });
}
