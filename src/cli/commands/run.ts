import { type Command, Option } from "commander";
import type { SandboxChoice } from "../../services/index.ts";
import { choiceOption, collect, SANDBOXES, wholeNumber } from "../arguments/values.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { addLogOptions } from "./log-options.ts";

export interface RunCommandOptions extends GlobalOptions {
  readonly param?: readonly string[];
  readonly input?: readonly string[];
  readonly env?: readonly string[];
  readonly tag?: readonly string[];
  readonly title?: string;
  readonly jobs?: number;
  readonly step?: boolean;
  readonly pipeline?: boolean;
  readonly task?: boolean;
  readonly sweep?: readonly string[];
  readonly forEach?: string;
  readonly trials?: number;
  readonly goal?: readonly string[];
  readonly search?: "grid" | "random" | "bayesian" | "sobol";
  readonly seed?: number;
  readonly parallel?: number;
  /** Names of nodes; an empty one stands for all. */
  readonly fresh?: readonly string[];
  readonly commit?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly from?: string;
  readonly downstream?: boolean;
  readonly logs?: boolean;
  readonly interactive?: boolean;
  readonly quiet?: boolean;
  readonly environment?: string;
  readonly sandbox?: SandboxChoice;
}

export function addRun(program: Command, cli: Cli): void {
  const command = addSweepOptions(addLogOptions(program.command("run")))
    .description("run a step, a pipeline or a task, and follow it to its end")
    // Required, but its absence is answered with what there is.
    .usage("[options] <target> [options...]")
    .argument("[target]", "a step, pipeline or task of the configuration")
    .argument("[options...]", "--NAME=VALUE and --NODE.NAME=VALUE set parameters and inputs, as --param and --input do")
    .option("-p, --param <[node.]name=value>", "a parameter; repeated, it is a list", collect)
    .option("-i, --input <[node.]name=uri>", "an input's files; repeated, they add up", collect)
    .option("-e, --env <name=value>", "an environment variable of the steps", collect)
    .option(
      "-j, --jobs <count>",
      "how many steps run at a time (default: the number of cores)",
      wholeNumber("--jobs", 1),
    )
    .option(
      "-E, --environment <slug>",
      "where all steps run, whatever they say (`headrace environments` lists the places)",
    )
    .option(
      "--commit <ref>",
      "the code and configuration of a branch, tag or commit, in place of the working tree, which is left alone",
    )
    .option("--title <text>", "a title for the run")
    .option("--tag <tag>", "a tag; may be repeated", collect)
    .addOption(
      new Option("--fresh [node]", "run the node, or all, even where an earlier result could be used; may be repeated")
        // Without a node commander gives `true`; a preset would show in the help.
        .argParser((node: string, earlier: readonly string[] | true = []) => [
          ...(earlier === true ? [""] : earlier),
          node,
        ]),
    )
    .option("-n, --dry-run", "show what would run, what would be reused, and why; run and record nothing")
    .option(
      "--from <number>",
      "only this step, with the inputs and parameters of an earlier run or execution, and today's code",
    )
    .option("--downstream", "with --from: also what follows the step in the pipeline")
    .option("-d, --detach", "leave the run to an engine in the background; `headrace attach` follows it")
    .option(
      "-I, --interactive",
      "run a step on this terminal: for breakpoint(), input(), a debugger; its result is never used again",
    )
    .addOption(choiceOption("--sandbox <kind>", "how steps are kept apart from the machine", SANDBOXES))
    .addOption(
      new Option("--step", "the target is a step, should a pipeline have the same name").conflicts([
        "pipeline",
        "task",
      ]),
    )
    .addOption(new Option("--pipeline", "the target is a pipeline, should a step have the same name").conflicts("task"))
    .addOption(new Option("--task", "the target is a task, should a step or pipeline have the same name"))
    .allowUnknownOption()
    .action(async (target: string | undefined, rest: readonly string[], _options, self: Command) => {
      const { runTarget } = await import("../run/run-target.ts");
      const { fresh, ...options } = self.optsWithGlobals<
        Omit<RunCommandOptions, "fresh"> & { readonly fresh?: readonly string[] | true }
      >();
      const all = fresh === true ? [""] : fresh;
      await runTarget(
        { target, rest, ownOptions: optionNames(self), options: { ...options, ...(all && { fresh: all }) } },
        cli,
      );
    });
  withExamples(command, [
    ["headrace run train", "a step or a pipeline, with its defaults"],
    ["headrace run train --param epochs=20 --input images=data/digits.npz", "other values"],
    ["headrace run flights --train.learning-rate=0.05 --jobs 4", "a parameter of a node, four steps at a time"],
    ["headrace run flights --title 'more trees' --tag nightly", "find it again with `headrace ls --tag nightly`"],
    ["headrace run flights --fresh train", "node train in any case; `--fresh` alone: every node"],
    ["headrace run train --from 12 --param epochs=3", "one step on what it got in run 12, with today's code"],
    ["headrace run flights --logs", "with what the steps print, each line under its node's name"],
    ["headrace run flights --dry-run --json", "what would run, as JSON"],
    ["headrace run train --from latest --interactive", "on this terminal: a breakpoint() in the step stops there"],
    ["headrace run flights --commit v1.2", "as the project was at that tag; the working tree is left alone"],
    ["headrace run train --sweep depth=2,4,8 --sweep rate=0.1,0.2", "all six combinations"],
    [
      "headrace run train --sweep rate=1e-4..1e-1:log --trials 30 --goal max:auc",
      "thirty executions, each chosen by what is known of those before it",
    ],
    ["headrace run score --input images='data/*.png' --for-each images", "one execution for each of these files"],
    ["headrace run flights --detach", "in the background, whatever becomes of this terminal"],
  ]);
}

/** Adds the options that turn one execution into many. */
function addSweepOptions(command: Command): Command {
  return command
    .option(
      "--sweep <name=values>",
      "many executions of the step: 2,4,8 or 0.1..0.9 or 1e-4..1e-1:log or 0..1:0.25; may be repeated",
      collect,
    )
    .option("--for-each <name>", "one execution of the step for each file of an input, or each value of a parameter")
    .option("--trials <count>", "of a sweep: how many executions", wholeNumber("--trials", 1))
    .option("--goal <max:metric>", "of a sweep: what is looked for, or min:metric; may be repeated", collect)
    .addOption(
      choiceOption(
        "--search <how>",
        "of a sweep: how values are chosen (default: all combinations; with --trials and --goal, by what is known)",
        ["grid", "random", "bayesian", "sobol"],
      ),
    )
    .option("--parallel <count>", "of a sweep: how many executions at a time", wholeNumber("--parallel", 1))
    .option("--seed <number>", "of a sweep: another seed makes other choices", wholeNumber("--seed", 0));
}

function optionNames(command: Command): readonly string[] {
  return [...command.options, ...(command.parent?.options ?? [])].flatMap((option) =>
    option.long === undefined ? [] : [option.long],
  );
}
