import type { Command } from "commander";
import type { AliasesApi, AliasView, Page, PageRequest } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { oneOf, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";

const ACTIONS = ["ls", "set", "history", "rollback", "rm"] as const;
type AliasAction = (typeof ACTIONS)[number];

interface AliasOptions extends GlobalOptions {
  readonly comment?: string;
  readonly to?: number;
}

export function addAlias(program: Command, cli: Cli): void {
  const command = program
    .command("alias")
    .description("move names of stored files and of versions of datasets, and see where they have been")
    .argument("<action>", ACTIONS.join(", "), oneOf("action", ACTIONS))
    .argument(
      "[names...]",
      "NAME for a file, DATASET/NAME for a version; for ls: a dataset; for set also what it names",
    )
    .option("-m, --comment <text>", "with set and rollback: why")
    .option("--to <n>", "with rollback: the move to go back to, by its number in the history", wholeNumber("--to", 1))
    .action(async (action: AliasAction, names: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<AliasOptions>();
      requireOptions(action, options);
      await withProject(
        cli,
        options,
        async ({ api: { aliases } }) => await act(cli, action, names, { options, aliases }),
      );
    });
  withExamples(command, [
    ["headrace alias set best 12.train/model.pkl", "`datum://best` names this file as an input"],
    ["headrace alias set flights/reviewed flights/v3 -m 'checked by hand'", "of a version of a dataset"],
    ["headrace alias ls", "what the aliases of files stand for"],
    ["headrace alias history best", "every move: when, by whom, why"],
    ["headrace alias rollback best", "back to what it stood for before"],
  ]);
}

interface Asked {
  readonly options: AliasOptions;
  readonly aliases: AliasesApi;
}

async function act(cli: Cli, action: AliasAction, names: readonly string[], asked: Asked): Promise<void> {
  const { options, aliases } = asked;
  if (action === "ls") return await list(cli, names, asked);
  const [name, ...more] = names;
  const wanted = action === "set" ? 1 : 0;
  if (name === undefined || more.length !== wanted)
    throw new HeadraceError(
      "HR_USAGE",
      `\`alias ${action}\` takes ${wanted === 1 ? "an alias and what it is to name" : "one alias"}`,
      {
        hint: `write headrace alias ${action} NAME${wanted === 1 ? " FILE" : ""}`,
      },
    );
  const comment = options.comment === undefined ? {} : { comment: options.comment };
  if (action === "history") return await history(cli, name, asked);
  if (action === "rm") {
    await aliases.remove(name);
    return await printResult(cli, options, [], () => [
      `${cli.out.style.green("✓")} ${name} stands for nothing any more; its history stays`,
    ]);
  }
  const to = options.to === undefined ? {} : { to: options.to };
  const moved =
    action === "set"
      ? await aliases.move(name, { target: more[0] ?? "", ...comment })
      : await aliases.rollBack(name, { ...to, ...comment });
  await printResult(cli, options, [moved], () => [
    `${cli.out.style.green("✓")} ${moved.uri} stands for ${moved.targetName} (${moved.targetUri})`,
  ]);
}

async function list(cli: Cli, names: readonly string[], { options, aliases }: Asked): Promise<void> {
  const [dataset, ...more] = names;
  if (more.length > 0)
    throw new HeadraceError("HR_USAGE", "`alias ls` takes one dataset", { hint: "write headrace alias ls DATASET" });
  const of = dataset === undefined ? {} : { dataset };
  const all: AliasView[] = [];
  for await (const alias of everyItem((page) => aliases.list({ ...page, ...of }))) all.push(alias);
  await printResult(cli, options, all, async () => {
    const { renderAliases } = await import("../render/catalog.ts");
    return renderAliases(all, { ...screen(cli), now: cli.now() });
  });
}

async function history(cli: Cli, name: string, { options, aliases }: Asked): Promise<void> {
  const moves = await Array.fromAsync(everyItem((page) => aliases.history(name, page)));
  await printResult(cli, options, moves, async () => {
    const { renderMoves } = await import("../render/catalog.ts");
    return renderMoves(moves, screen(cli));
  });
}

function screen(cli: Cli) {
  return { width: cli.out.size().width, style: cli.out.style };
}

/** All items of a list, page after page. */
export async function* everyItem<Item>(read: (page: PageRequest) => Promise<Page<Item>>): AsyncGenerator<Item> {
  for (let after: string | null | undefined; after !== null; ) {
    const page: Page<Item> = await read({ limit: 1_000, ...(after !== undefined && { after }) });
    yield* page.items;
    after = page.next;
  }
}

function requireOptions(action: AliasAction, { comment, to }: AliasOptions): void {
  const isMove = action === "set" || action === "rollback";
  if (comment !== undefined && !isMove)
    throw new HeadraceError("HR_USAGE", "--comment goes with set and rollback", { hint: "leave --comment out" });
  if (to !== undefined && action !== "rollback")
    throw new HeadraceError("HR_USAGE", "--to goes with rollback", { hint: "leave --to out" });
}
