import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { HeadraceError } from "../../errors.ts";
import { choiceOption, collect, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { EXIT } from "../failure.ts";

interface DriftOptions extends GlobalOptions {
  readonly column?: readonly string[];
  readonly flavour: "default" | "evidently";
  readonly share: number;
  readonly least: number;
  readonly fail?: boolean;
  readonly html?: string;
}

export function addDrift(program: Command, cli: Cli): void {
  const command = program
    .command("drift")
    .description("hold a table against an earlier one, column by column: has the data changed?")
    .argument("<reference>", "the earlier table: .parquet, .csv, .tsv or .jsonl, also .gz or .zst")
    .argument("<current>", "the table of now")
    .option("--column <name>", "only this column (repeatable)", collect)
    .addOption(choiceOption("--flavour <name>", "how verdicts are found", ["default", "evidently"]).default("default"))
    .option("--share <share>", "drifted from this share of columns", shareOf, 0.5)
    .option("--least <count>", "no verdict for a column with fewer values", wholeNumber("--least", 1), 200)
    .option("--fail", "exit with 1 if the table has drifted, or if nothing can be said")
    .option("--html <file>", "write a report that needs no other file")
    .action(async (reference: string, current: string, _options, self: Command) => {
      const options = self.optsWithGlobals<DriftOptions>();
      const folder = workingFolder(cli, options);
      const { compareTables } = await import("../../services/index.ts");
      const drift = await compareTables({
        ...{ reference: resolve(folder, reference), current: resolve(folder, current) },
        ...{ flavour: options.flavour, share: options.share, leastCount: options.least },
        ...(options.column !== undefined && { columns: options.column }),
      });
      if (options.html !== undefined) {
        const { driftPage } = await import("../render/drift-page.ts");
        writeFileSync(resolve(folder, options.html), driftPage(drift));
      }
      if (options.fail === true && drift.verdict !== "stable") cli.exitCode = EXIT.failed;
      await printResult(cli, options, drift, async () => {
        const { renderDrift } = await import("../render/drift.ts");
        return renderDrift(drift, { width: cli.out.size().width, style: cli.out.style });
      });
    });
  withExamples(command, [
    ["headrace drift january.parquet june.parquet", "which columns changed"],
    ["headrace drift train.csv today.csv --fail", "in a script: exits with 1 if the data has drifted"],
    ["headrace drift train.csv today.csv --html drift.html", "a page to show to others"],
    ["headrace drift train.csv today.csv --flavour evidently --least 1", "the verdicts of Evidently's defaults"],
  ]);
}

function shareOf(text: string): number {
  const share = Number(text);
  if (text.trim() !== "" && share > 0 && share <= 1) return share;
  throw new HeadraceError("HR_USAGE", `--share ${JSON.stringify(text)} is no share above 0, up to 1`, {
    hint: "write for example --share 0.3",
  });
}
