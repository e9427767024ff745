import { resolve } from "node:path";
import type { Command } from "commander";
import { HeadraceError } from "../../errors.ts";
import type { GarbageRequest } from "../../services/index.ts";
import { wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder } from "../project-at-hand.ts";

interface GcOptions extends GlobalOptions {
  readonly yes?: boolean;
  readonly olderThan?: string;
  readonly keepLast?: number;
  readonly maxSize?: string;
  readonly name?: string;
  readonly tagged?: boolean;
  readonly logs?: string;
  readonly leftovers?: boolean;
  readonly home?: string;
  readonly only?: string;
}

export function addGc(program: Command, cli: Cli): void {
  const command = program
    .command("gc")
    .description("say what can be removed and how much it frees; with --yes, remove it")
    .option("-y, --yes", "remove it")
    .option("--older-than <time>", "runs that ended longer ago: 30d, 12h, 4w")
    .option(
      "--keep-last <count>",
      "all but the newest so many runs of each step or pipeline",
      wholeNumber("--keep-last", 0),
    )
    .option("--max-size <size>", "the oldest runs, until what is stored is no larger: 50GB")
    .option("--name <name>", "only runs of this step or pipeline")
    .option("--tagged", "runs with tags as well; without it they are kept")
    .option("--logs <time>", "logs of steps that ended longer ago")
    .option("--leftovers", "files in outputs that could not be kept")
    .option("--home <folder>", "of a server instead: all its projects, also while it serves")
    .option("--only <project>", "with --home: this project alone")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<GcOptions>();
      const { byteCount, durationSeconds } = await import("../arguments/amounts.ts");
      const { olderThan, keepLast, maxSize, name, logs } = options;
      const request = {
        apply: options.yes === true,
        tagged: options.tagged === true,
        leftovers: options.leftovers === true,
        ...(olderThan === undefined ? {} : { olderThanS: durationSeconds("--older-than")(olderThan) }),
        ...(keepLast === undefined ? {} : { keepLast }),
        ...(maxSize === undefined ? {} : { maxBytes: byteCount("--max-size")(maxSize) }),
        ...(name === undefined ? {} : { name }),
        ...(logs === undefined ? {} : { logsOlderThanS: durationSeconds("--logs")(logs) }),
      };
      if (options.home !== undefined) return await clearHome(cli, options, request);
      if (options.only !== undefined)
        throw new HeadraceError("HR_USAGE", "--only goes with --home", {
          hint: "name the folder of the server with --home",
        });
      await withFolder(cli, options, async (project) => {
        const garbage = await project.upkeep.collectGarbage(request);
        await printResult(cli, options, garbage, async () => {
          const { renderGarbage } = await import("../render/garbage.ts");
          return renderGarbage(garbage, { width: cli.out.size().width, style: cli.out.style, now: cli.now() });
        });
      });
    });
  withExamples(command, [
    ["headrace gc", "what nothing needs any more; removes nothing"],
    ["headrace gc --yes", "remove that"],
    ["headrace gc --older-than 30d --keep-last 10", "old runs, too: what would go"],
    ["headrace gc --max-size 50GB --yes", "the oldest runs, until 50 GB are left"],
    ["headrace gc --home /srv/headrace", "what would go of all projects of a server"],
  ]);
}

async function clearHome(cli: Cli, options: GcOptions, request: GarbageRequest): Promise<void> {
  const { home = "", only } = options;
  // The stored files belong to all projects together, and no rule says whose runs are to go first.
  if (request.maxBytes !== undefined)
    throw new HeadraceError("HR_USAGE", "--max-size does not go with --home", {
      hint: "use --older-than or --keep-last, which hold for each project",
    });
  const { collectHomeGarbage } = await import("../../services/on-demand.ts");
  const garbage = await collectHomeGarbage(request, {
    ...{ home: resolve(cli.cwd, home), env: cli.env, now: () => cli.now() },
    ...(only !== undefined && { only }),
  });
  await printResult(cli, options, garbage, async () => {
    const { renderHomeGarbage } = await import("../render/garbage.ts");
    return renderHomeGarbage(garbage, { width: cli.out.size().width, style: cli.out.style, now: cli.now() });
  });
}
