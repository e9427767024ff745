import { type Command, Option } from "commander";
import { HeadraceError } from "../../errors.ts";
import { oneOf } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";
import { wholeComparison } from "../whole-comparison.ts";

interface CompareOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly only?: readonly string[];
}

export function addCompare(program: Command, cli: Cli): void {
  const command = program
    .command("compare")
    .alias("diff")
    .description("runs or executions side by side: parameters, metadata, data, code")
    .argument(
      "<numbers...>",
      "runs, or executions (numbers, `latest`, 12.train); one alone is compared with the newest run or its node",
    )
    .option("-a, --all", "also what is equal")
    .addOption(sectionOption())
    .action(async (refs: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<CompareOptions>();
      const named = withLatest(refs);
      await withProject(cli, options, async ({ api }) => {
        const comparison = await wholeComparison(api, named);
        await printResult(cli, options, comparison, async () => {
          const { renderComparison } = await import("../render/comparison.ts");
          return renderComparison(comparison, {
            width: cli.out.size().width,
            style: cli.out.style,
            now: cli.now(),
            all: options.all === true,
            only: options.only ?? [],
          });
        });
      });
    });
  withExamples(command, [
    ["headrace compare 12", "what differs between run 12 and the newest"],
    ["headrace compare 12 15", "what differs between two runs"],
    ["headrace compare 12.train 15.train latest.train", "the same node of three runs"],
    ["headrace compare 12 15 --only metadata --only parameters", "metrics and parameters alone"],
    ["headrace compare 12 15 --all", "equal rows too"],
  ]);
}

/** One alone is held against the newest run, or the node of that name in it. */
function withLatest(refs: readonly string[]): readonly string[] {
  const [only] = refs;
  if (refs.length !== 1 || only === undefined) return refs;
  const node = /^[#=]?\d+(\..+)$/.exec(only)?.[1];
  if (/^latest(?:\.|$)/.test(only)) {
    throw new HeadraceError("HR_USAGE", `there is only ${only} to compare`, {
      hint: "name another, e.g. `headrace compare 12 latest`",
    });
  }
  return [only, `latest${node ?? ""}`];
}

const SECTIONS = ["facts", "parameters", "metadata", "inputs", "outputs", "code", "environment"] as const;

function sectionOption(): Option {
  const parse = oneOf("--only", SECTIONS);
  return new Option("--only <section>", "only this section (repeatable)")
    .choices(SECTIONS)
    .argParser((text: string, earlier: readonly string[] = []) => [...earlier, parse(text)]);
}
