import type { Command } from "commander";
import type { MetricPointView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { isRef } from "../arguments/ref.ts";
import { collect } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { everyItem } from "../every-page.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";

const POINTS_AT_ONCE = 10_000;
const EXECUTIONS_AT_ONCE = 200;

interface MetricsOptions extends GlobalOptions {
  readonly with?: readonly string[];
  readonly axis?: string;
  readonly csv?: boolean;
}

export function addMetrics(program: Command, cli: Cli): void {
  const command = program
    .command("metrics")
    .description("the course of every metric that a run or an execution printed")
    .argument("[number]", "a run, an execution or a node (12, 12.train); else `latest`")
    .argument("[keys...]", "draw these metrics")
    .option("-w, --with <number>", "also those of this run or execution (repeatable)", collect)
    .option("--axis <key>", "count by this metric instead of epoch, step or position")
    .option("--csv", "print all points as CSV, a line each")
    .action(async (first: string | undefined, others: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<MetricsOptions>();
      if (options.csv === true && options.json === true) {
        throw new HeadraceError("HR_USAGE", "--csv and --json exclude each other", { hint: "leave one of them out" });
      }
      // `headrace metrics loss` means the newest run: a metric may stand in the place of the number.
      const [ref, keys] =
        first === undefined || isRef(first) ? [first ?? "latest", others] : ["latest", [first, ...others]];
      const refs = [ref, ...(options.with ?? [])];
      await withProject(cli, options, async ({ api: { metrics } }) => {
        if (options.csv === true)
          return await printCsv(
            cli,
            () => everyItem((page) => metrics.points({ refs, ...page }), { atOnce: POINTS_AT_ONCE }),
            keys,
          );
        const query = { refs, keys, ...(options.axis === undefined ? {} : { axis: options.axis }) };
        const series = await Array.fromAsync(
          everyItem((page) => metrics.list({ ...query, ...page }), { atOnce: EXECUTIONS_AT_ONCE }),
        );
        if (keys.length > 0) refuseUnknown(keys, new Set(series.map(({ key }) => key)));
        await printResult(cli, options, series, async () => {
          const { renderSeriesPlots, renderSeriesTable } = await import("../render/metric-series.ts");
          const context = { width: cli.out.size().width, style: cli.out.style };
          if (series.length === 0)
            return [
              "No metadata was printed.",
              cli.out.style.dim('A step prints JSON objects: print(json.dumps({"loss": 0.4})).'),
            ];
          return keys.length > 0 ? renderSeriesPlots(series, context) : renderSeriesTable(series, context);
        });
      });
    });
  withExamples(command, [
    ["headrace metrics", "first, last, least and greatest value of each metric of the newest run"],
    ["headrace metrics 12.train loss val_loss", "draw two curves"],
    ["headrace metrics 12.train loss --with 15.train", "the curves of two trainings in one drawing"],
    ["headrace metrics 12.train --csv", "every point, for a spreadsheet or pandas"],
  ]);
}

function refuseUnknown(keys: readonly string[], known: ReadonlySet<string>): void {
  const unknown = keys.filter((key) => !known.has(key));
  if (unknown.length === 0) return;
  throw new HeadraceError(
    "HR_NOT_FOUND",
    `no metric ${unknown.map((key) => JSON.stringify(key)).join(", ")} was printed`,
    {
      hint: "`headrace metrics N` lists the metrics of a run",
    },
  );
}

/** The columns have to be known before the first line is printed, so the points are read twice and never kept. */
async function printCsv(
  cli: Cli,
  points: () => AsyncIterable<MetricPointView>,
  asked: readonly string[],
): Promise<void> {
  const { csvLine } = await import("../render/csv.ts");
  const found = new Set<string>();
  for await (const { values } of points()) for (const key of Object.keys(values)) found.add(key);
  refuseUnknown(asked, found);
  const keys = asked.length > 0 ? asked : [...found];
  await cli.out.flush(`${csvLine(["execution", "node", "index", "at", ...keys])}\n`);
  for await (const { execution, node, index, at, values } of points()) {
    if (!keys.some((key) => Object.hasOwn(values, key))) continue;
    const row = keys.map((key) => (Object.hasOwn(values, key) ? values[key] : undefined));
    await cli.out.flush(`${csvLine([execution, node, index, at, ...row])}\n`);
  }
}
