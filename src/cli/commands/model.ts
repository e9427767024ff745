import type { Command } from "commander";
import type { ModelDecisionRequest } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { oneOf } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { everyItem } from "../every-page.ts";
import { withExamples } from "../examples.ts";
import { type ProjectAtHand, withProject } from "../project-at-hand.ts";

const ACTIONS = ["ls", "info", "approve", "reject", "alias", "diff"] as const;
type ModelAction = (typeof ACTIONS)[number];

interface ModelOptions extends GlobalOptions {
  readonly reason?: string;
  readonly card?: boolean;
  readonly remove?: boolean;
}

/** So many versions are asked for at once. */
const AT_ONCE = 200;

export function addModel(program: Command, cli: Cli): void {
  const command = program
    .command("model")
    .description("show models and their versions, approve and reject versions, move aliases")
    .argument("<action>", ACTIONS.join(", "), oneOf("action", ACTIONS))
    .argument("[names...]", "a model, or NAME/VERSION: a number, an alias, or latest; see the examples")
    .option("--reason <text>", "with approve, reject and alias: why")
    .option("--card", "with info: the card of a version, as Markdown")
    .option("--remove", "with alias: take it away")
    .action(async (action: ModelAction, names: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<ModelOptions>();
      requireOptions(action, options);
      await withProject(cli, options, async (project) => await WORK[action](cli, project, names, options));
    });
  withExamples(command, [
    ["headrace model info delay", "its versions and aliases"],
    ["headrace model info delay/latest --card", "a version in words: data, metrics, evidence, code"],
    ["headrace model approve delay/3 --reason 'better on rainy days'", "approve it, or overrule the evidence"],
    ["headrace model alias delay/champion 3", "let `model://delay/champion` stand for version 3"],
    ["headrace model diff delay/champion delay/latest", "metrics, parameters, data and files that differ"],
  ]);
}

type Work = (cli: Cli, project: ProjectAtHand, names: readonly string[], options: ModelOptions) => Promise<void>;

const WORK: Readonly<Record<ModelAction, Work>> = {
  ls: async (cli, { api }, names, options) => {
    requireCount("ls", names, [0], "");
    const models = await Array.fromAsync(everyItem((page) => api.models.list(page), { atOnce: AT_ONCE }));
    await printResult(cli, options, models, async () =>
      (await import("../render/models.ts")).renderModels(models, screen(cli)),
    );
  },
  info: async (cli, { api }, names, options) => {
    requireCount("info", names, [1], "NAME or NAME/VERSION");
    const [model, version] = partsOf(names[0] ?? "");
    if (version !== undefined) {
      const detail = await api.models.version(model, version);
      return await printResult(cli, options, detail, async () =>
        options.card === true
          ? detail.card.trimEnd().split("\n")
          : (await import("../render/models.ts")).renderModelVersion(detail, screen(cli)),
      );
    }
    if (options.card === true) throw usage("a card belongs to a version", "write NAME/VERSION, such as delay/latest");
    const versions = await Array.fromAsync(everyItem((page) => api.models.versions(model, page), { atOnce: AT_ONCE }));
    await printResult(cli, options, versions, async () =>
      (await import("../render/models.ts")).renderModelVersions(versions, screen(cli)),
    );
  },
  approve: (cli, project, names, options) => decide(cli, project, names, options, "approved"),
  reject: (cli, project, names, options) => decide(cli, project, names, options, "rejected"),
  alias: async (cli, { api }, names, options) => {
    requireCount("alias", names, [1, 2], "NAME/ALIAS and a version; or NAME alone");
    const [model, alias] = partsOf(names[0] ?? "");
    const version = names[1];
    const { renderModelAliases } = await import("../render/models.ts");
    if (version === undefined && options.remove !== true) {
      const all = await api.models.aliases(model);
      const found = alias === undefined ? all : all.filter(({ name }) => name === alias);
      if (alias !== undefined && found.length === 0)
        throw new HeadraceError("HR_NOT_FOUND", `the model ${model} has no alias ${JSON.stringify(alias)}`, {
          hint: `\`headrace model alias ${model}\` lists those that there are`,
        });
      return await printResult(cli, options, found, () => renderModelAliases(found, screen(cli)));
    }
    if (alias === undefined || (version !== undefined) === (options.remove === true))
      throw usage(
        "an alias stands for one version, or is taken away",
        "write NAME/ALIAS VERSION, or NAME/ALIAS --remove",
      );
    const target = version === undefined ? null : ofModel(version, model);
    const comment = options.reason === undefined ? {} : { comment: options.reason };
    const moved = await api.models.moveAlias(model, alias, { version: target, ...comment });
    await printResult(cli, options, [moved], () => [
      moved.version === null
        ? `${cli.out.style.green("✓")} ${moved.uri} stands for nothing now`
        : `${cli.out.style.green("✓")} ${moved.uri} stands for version ${moved.version}`,
    ]);
  },
  diff: async (cli, { api }, names, options) => {
    requireCount("diff", names, [2], "two versions, such as delay/champion delay/latest");
    const [before = "", after = ""] = names;
    const [model, version] = partsOf(after);
    if (version === undefined) throw usage(`${after} names no version`, "write NAME/VERSION, such as delay/latest");
    const view = await api.models.compare(model, version, { since: before });
    await printResult(cli, options, view, async () =>
      (await import("../render/models.ts")).renderModelDifference(view, screen(cli)),
    );
  },
};

async function decide(
  cli: Cli,
  { api }: ProjectAtHand,
  names: readonly string[],
  options: ModelOptions,
  decision: ModelDecisionRequest["decision"],
): Promise<void> {
  requireCount(decision === "approved" ? "approve" : "reject", names, [1], "NAME/VERSION");
  const [model, version] = partsOf(names[0] ?? "");
  if (version === undefined)
    throw usage(`${model} names no version`, "write NAME/VERSION, such as delay/3 or delay/latest");
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const decided = await api.models.decide(model, version, { decision, ...reason });
  await printResult(cli, options, decided, () => [
    `${cli.out.style.green("✓")} ${decided.model}/${decided.version} is ${decided.state}`,
  ]);
}

/** The options that each action has; another one would be taken for one that counts. */
const OPTIONS: Readonly<Record<ModelAction, readonly (keyof ModelOptions)[]>> = {
  ls: [],
  info: ["card"],
  approve: ["reason"],
  reject: ["reason"],
  alias: ["reason", "remove"],
  diff: [],
};

function requireOptions(action: ModelAction, options: ModelOptions): void {
  for (const name of ["reason", "card", "remove"] as const)
    if (options[name] !== undefined && !OPTIONS[action].includes(name))
      throw usage(`--${name} does not go with \`model ${action}\``, "leave it out");
}

function requireCount(action: ModelAction, names: readonly string[], counts: readonly number[], what: string): void {
  if (counts.includes(names.length)) return;
  throw usage(`\`model ${action}\` takes ${what === "" ? "no names" : what}`, "`headrace model --help` has examples");
}

function partsOf(text: string): readonly [model: string, version?: string] {
  const [model = "", version, ...more] = text.replace(/^model:\/\//, "").split("/");
  if (more.length > 0 || model === "")
    throw usage(`${JSON.stringify(text)} names no model`, "write NAME or NAME/VERSION");
  return version === undefined ? [model] : [model, version];
}

/** A version of this model, by itself or with the model's name in front. */
function ofModel(text: string, model: string): string {
  const [first, second] = partsOf(text);
  if (second === undefined) return first;
  if (first === model) return second;
  throw usage(`an alias of ${model} cannot stand for a version of ${first}`, `name a version of ${model}`);
}

function usage(message: string, hint: string): HeadraceError {
  return new HeadraceError("HR_USAGE", message, { hint });
}

function screen(cli: Cli) {
  return { width: cli.out.size().width, style: cli.out.style, now: cli.now() };
}
