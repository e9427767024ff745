import type { Command } from "commander";
import type { LineageQuery, ProjectApi } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult, toJsonLine } from "../cli.ts";
import { everyItem } from "../every-page.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";
import type { Side } from "../render/lineage.ts";
import { taskNamed } from "../task-named.ts";
import { LATEST } from "./ref-help.ts";

interface LineageOptions extends GlobalOptions {
  readonly up?: boolean;
  readonly down?: boolean;
  readonly depth?: number;
  readonly limit?: number;
  readonly openlineage?: boolean;
}

/** The events of so many executions are asked for at once. */
const EXECUTIONS_AT_ONCE = 100;

export function addLineage(program: Command, cli: Cli): void {
  const command = program
    .command("lineage")
    .description("what a file, an execution or a run was made of, and what was made of it")
    .argument(
      "[what]",
      "a stored file (12.train/model.pkl, datum://ID), a run, a task or an execution (12, 12.train); else `latest`",
      LATEST,
    )
    .option("--up", "only to the sources")
    .option("--down", "only to what was made of it")
    .option("--depth <n>", "only so many executions away", wholeNumber("--depth", 0))
    .option("--limit <n>", "so many files and executions at most (1,000 unless given)", wholeNumber("--limit", 1))
    .option("--openlineage", "a run, a task or an execution as events of OpenLineage, one a line")
    .action(async (what: string, _options, self: Command) => {
      const options = self.optsWithGlobals<LineageOptions>();
      const { up = false, down = false, depth, limit } = options;
      const sides: readonly Side[] = up === down ? ["up", "down"] : [up ? "up" : "down"];
      if (options.openlineage === true) {
        refuseBeside(options);
        await withProject(cli, options, ({ api }) => printEvents(cli, api, what));
        return;
      }
      await withProject(cli, options, async ({ api }) => {
        const view = await api.data.lineage({
          ...(await subjectOf(api, what)),
          direction: sides.length === 2 ? "both" : (sides[0] ?? "both"),
          ...(depth !== undefined && { depth }),
          ...(limit !== undefined && { limit }),
        });
        await printResult(cli, options, view, async () => {
          const { renderLineage } = await import("../render/lineage.ts");
          return renderLineage(view, { width: cli.out.size().width, style: cli.out.style, sides });
        });
      });
    });
  withExamples(command, [
    ["headrace lineage 12.train/model.pkl --up", "from a file back to its sources"],
    ["headrace lineage datum://ID --down", "what was made of a file"],
    ["headrace lineage latest --json", "files, executions and the ways between them"],
    ["headrace lineage latest --openlineage", "for a catalogue of data that reads OpenLineage"],
  ]);
}

/** The options that choose files have no meaning for events: these tell of executions. */
function refuseBeside(options: LineageOptions): void {
  const other = (["up", "down", "depth", "limit"] as const).find((name) => options[name] !== undefined);
  if (other === undefined) return;
  throw new HeadraceError("HR_USAGE", `--${other} does not go with --openlineage`, { hint: "leave out one of them" });
}

async function printEvents(cli: Cli, api: ProjectApi, ref: string): Promise<void> {
  const events = everyItem((page) => api.data.openLineage(ref, page), { atOnce: EXECUTIONS_AT_ONCE });
  for await (const event of events) cli.out.lines([toJsonLine(event)]);
}

async function subjectOf(api: ProjectApi, what: string): Promise<Pick<LineageQuery, "datum" | "execution" | "run">> {
  if (what.startsWith("datum://") || what.includes("/"))
    return { datum: (await api.data.find(what)).map(({ id }) => id) };
  // A task is no record of its own: it stands for its executions, as an execution does for itself.
  if ((await taskNamed(api, what)) !== undefined) return { execution: what };
  const { kind } = await api.records.get(what);
  return kind === "run" ? { run: what } : { execution: what };
}
