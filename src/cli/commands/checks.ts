import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { HeadraceError } from "../../errors.ts";
import { oneOf, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { EXIT } from "../failure.ts";
import { withProject } from "../project-at-hand.ts";

const ACTIONS = ["run", "suggest", "show"] as const;

interface ChecksOptions extends GlobalOptions {
  readonly reference?: string;
  readonly examples: number;
  readonly html?: string;
}

export function addChecks(program: Command, cli: Cli): void {
  const command = program
    .command("checks")
    .description(
      "hold a table against what it is expected to be, draft such a suite, or show the checks of an execution",
    )
    .argument("<action>", ACTIONS.join(", "), oneOf("action", ACTIONS))
    .argument("<files...>", "run: the suite, then the files of the table; suggest: the files; show: an execution")
    .option("--reference <file>", "with run: another table, `reference` in SQL")
    .option("--examples <count>", "with run: so many rows that break a rule are shown", wholeNumber("--examples", 0), 5)
    .option("--html <file>", "with run and show: write a report that needs no other file")
    .action(async (action: (typeof ACTIONS)[number], files: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<ChecksOptions>();
      if (action === "show") {
        requireNone("show", options, ["reference"]);
        return await show(cli, options, files);
      }
      const folder = workingFolder(cli, options);
      const paths = files.map((file) => resolve(folder, file));
      if (action === "suggest") {
        requireNone("suggest", options, ["reference", "html"]);
        await suggest(cli, options, paths);
      } else await run(cli, options, folder, paths);
    });
  withExamples(command, [
    ["headrace checks suggest flights.parquet > flights.checks.yaml", "a draft, to be read and changed"],
    ["headrace checks run flights.checks.yaml july.parquet", "exits with 1 if the table is not as expected"],
    ["headrace checks run flights.checks.yaml july.parquet --html checks.html", "a page to show to others"],
    ["headrace checks show 12", "what the checks of a step found when it was executed"],
    ["headrace checks run suite.json july.csv --json", "a suite of Great Expectations"],
  ]);
}

/** An option that changes nothing would be taken for one that does. */
function requireNone(
  action: "suggest" | "show",
  options: ChecksOptions,
  names: readonly (keyof ChecksOptions)[],
): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new HeadraceError("HR_USAGE", `--${given} does not go with \`checks ${action}\``, {
    hint: "leave it out, or give it to `headrace checks run`",
  });
}

async function run(cli: Cli, options: ChecksOptions, folder: string, paths: readonly string[]): Promise<void> {
  const [suite, ...files] = paths;
  if (suite === undefined || files.length === 0)
    throw new HeadraceError("HR_USAGE", "there is no table to check", {
      hint: "name the suite, then the files of the table",
    });
  const { runChecksOfFiles } = await import("../../services/index.ts");
  const checks = await runChecksOfFiles({
    ...{ suite, files, examples: options.examples, now: new Date(cli.now()) },
    ...(options.reference !== undefined && { reference: resolve(folder, options.reference) }),
  });
  if (options.html !== undefined) {
    const { checksPage } = await import("../render/checks-page.ts");
    writeFileSync(resolve(folder, options.html), checksPage(checks));
  }
  if (checks.verdict === "failed") cli.exitCode = EXIT.failed;
  await printResult(cli, options, checks, async () => {
    const { renderChecks } = await import("../render/checks.ts");
    return renderChecks(checks, { width: cli.out.size().width, style: cli.out.style });
  });
}

async function show(cli: Cli, options: ChecksOptions, refs: readonly string[]): Promise<void> {
  const [ref, ...others] = refs;
  if (ref === undefined || others.length > 0)
    throw new HeadraceError("HR_USAGE", "checks are shown of one execution", {
      hint: "name one: headrace checks show 12, or latest.train",
    });
  await withProject(cli, options, async ({ api: { executions } }) => {
    const [{ number }, checks] = await Promise.all([executions.get(ref), executions.checks(ref)]);
    if (options.html !== undefined && checks !== null) {
      const { stepChecksPage } = await import("../render/checks-page.ts");
      writeFileSync(resolve(workingFolder(cli, options), options.html), stepChecksPage(number, checks));
    }
    await printResult(cli, options, { kind: "step-checks", execution: number, checks }, async () => {
      if (checks === null) return [`Execution ${number} has no checks.`];
      const { renderStepChecks } = await import("../render/checks.ts");
      return renderStepChecks(checks, { width: cli.out.size().width, style: cli.out.style });
    });
  });
}

async function suggest(cli: Cli, options: ChecksOptions, files: readonly string[]): Promise<void> {
  const { suggestChecks } = await import("../../services/index.ts");
  const suggestion = await suggestChecks(files);
  await printResult(cli, options, suggestion, () => suggestion.suite.trimEnd().split("\n"));
}
