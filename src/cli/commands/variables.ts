import type { Command } from "commander";
import type { VariableGroupView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { oneOf } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder, withProject } from "../project-at-hand.ts";
import { oneLine } from "../terminal/width.ts";

interface GroupOptions extends GlobalOptions {
  readonly group?: string;
  readonly shared?: boolean;
}

const GROUP_OPTION = [
  "-g, --group <name>",
  "in this group, which steps ask for, in place of the project's own",
] as const;

const SHARED_OPTION = ["--shared", "the group is the server's, and all its projects may use it"] as const;

export function addVariable(program: Command, cli: Cli): void {
  const command = program
    .command("variable")
    .description("list, set or remove the variables that steps of the project get")
    .argument("<action>", "ls, set, rm", oneOf("action", ["ls", "set", "rm"]))
    .argument("[names...]", "for set: NAME=VALUE; for rm: NAME")
    .option(...GROUP_OPTION)
    .option(...SHARED_OPTION)
    .action(async (action: "ls" | "set" | "rm", names: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<GroupOptions>();
      if (action === "ls") return await listVariables(cli, options, names);
      await withProject(cli, options, async ({ api: { variables } }) => {
        const of = groupOf(options);
        if (action === "set") {
          const assignments = names.map(assignment);
          if (assignments.length === 0) await variables.makeGroup(requireGroup(options, action), sharedOf(options));
          for (const { name, value } of assignments) await variables.set({ name, value, secret: false, ...of });
          for (const { name } of assignments) warnOfSecret(cli, name);
        } else if (names.length === 0) await variables.removeGroup(requireGroup(options, action), sharedOf(options));
        else for (const name of names) await variables.remove(name, of);
        await printChange(cli, options, await variables.list(), changed(action, names, options));
      });
    });
  withExamples(command, [
    ["headrace variable ls", "all of them, secrets without their values"],
    ["headrace variable set REGION=eu-north-1", "every step of the project gets it"],
    ["headrace variable set --group aws REGION=eu-north-1", "steps with `environment-variable-groups: [aws]` get it"],
    ["headrace variable set --shared --group aws REGION=eu-north-1", "the same in all projects of the server"],
    ["headrace variable rm REGION", "take it away"],
    ["headrace variable rm --group aws", "take the group away"],
  ]);
}

export function addSecret(program: Command, cli: Cli): void {
  const command = program
    .command("secret")
    .description("set or remove a secret: a variable whose value only the processes of steps get to see")
    .argument("<action>", "set, rm", oneOf("action", ["set", "rm"]))
    .argument("<name>", "of the variable")
    .option(...GROUP_OPTION)
    .option(...SHARED_OPTION)
    .action(async (action: "set" | "rm", name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<GroupOptions>();
      refuseValue(name);
      await withProject(cli, options, async ({ api: { variables } }) => {
        const of = groupOf(options);
        if (action === "rm") await variables.remove(name, of);
        else {
          const { readSecret } = await import("../terminal/read-secret.ts");
          await variables.set({ name, value: await readSecret(name), secret: true, ...of });
        }
        await printChange(cli, options, await variables.list(), changed(action, [name], options));
      });
    });
  withExamples(command, [
    ["headrace secret set WANDB_API_KEY", "asks for the value, and does not show it"],
    ["headrace secret set SERVICE_ACCOUNT", "takes the standard input where that is no terminal: … < key.json"],
    ["headrace secret set --group aws AWS_SECRET_ACCESS_KEY", "for steps with `environment-variable-groups: [aws]`"],
    ["headrace secret rm WANDB_API_KEY", "take it away"],
  ]);
}

export function addRotateKeys(program: Command, cli: Cli): void {
  const command = program
    .command("rotate-keys")
    .description("seal the secrets of the project with a new key")
    .option("--same-key", "make no new key: seal with the first one what another one seals")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { readonly sameKey?: boolean }>();
      await withFolder(cli, options, async ({ upkeep }) => {
        const rotation = await upkeep.rotateKeys({ makesKey: options.sameKey !== true });
        const { key, sealedAnew, formerKeys } = rotation;
        await printResult(cli, options, rotation, () => [
          `${cli.out.style.green("✓")} key ${key} seals all secrets of this project; ${sealedAnew} sealed anew`,
          ...(formerKeys.length === 0
            ? []
            : [
                `  kept for the other projects of this user: ${formerKeys.join(", ")}`,
                "  `headrace rotate-keys --same-key` in each of them makes these keys needless",
              ]),
        ]);
      });
    });
  withExamples(command, [
    ["headrace rotate-keys", "a new key for this project"],
    ["headrace rotate-keys --same-key", "in a further project: take the key that another one has got"],
  ]);
}

async function listVariables(cli: Cli, options: GroupOptions, names: readonly string[]): Promise<void> {
  if (names.length > 0)
    throw new HeadraceError("HR_USAGE", "`variable ls` takes no names", { hint: "write headrace variable ls" });
  await withProject(cli, options, async ({ api }) => {
    const groups = (await api.variables.list()).filter(
      ({ name }) => options.group === undefined || name === options.group,
    );
    await printResult(cli, options, groups, async () => {
      const { renderVariables } = await import("../render/variables.ts");
      return renderVariables(groups, { width: cli.out.size().width, style: cli.out.style });
    });
  });
}

async function printChange(
  cli: Cli,
  options: GroupOptions,
  groups: readonly VariableGroupView[],
  said: string,
): Promise<void> {
  await printResult(cli, options, groups, () => [`${cli.out.style.green("✓")} ${oneLine(said)}`]);
}

function changed(action: "set" | "rm", names: readonly string[], { group }: GroupOptions): string {
  const done = action === "set" ? "set" : "removed";
  if (names.length === 0) return `group ${group} ${action === "set" ? "made" : done}`;
  const bare = names.map((name) => name.split("=", 1)[0]).join(", ");
  return `${bare} ${done}${group === undefined ? "" : ` in group ${group}`}`;
}

function sharedOf({ shared }: GroupOptions): { readonly shared?: true } {
  return shared === true ? { shared } : {};
}

function groupOf(options: GroupOptions): { readonly group?: string; readonly shared?: true } {
  const { group, shared } = options;
  if (shared === true && group === undefined)
    throw new HeadraceError("HR_USAGE", "--shared goes with --group", { hint: "write --shared --group NAME" });
  return { ...(group !== undefined && { group }), ...sharedOf(options) };
}

function requireGroup({ group }: GroupOptions, action: string): string {
  if (group !== undefined) return group;
  throw new HeadraceError("HR_USAGE", "no variable is named", {
    hint: `write headrace variable ${action} ${action === "set" ? "NAME=VALUE" : "NAME"}`,
  });
}

function assignment(text: string): { readonly name: string; readonly value: string } {
  const equals = text.indexOf("=");
  if (equals > 0) return { name: text.slice(0, equals), value: text.slice(equals + 1) };
  throw new HeadraceError("HR_USAGE", `“${text}” gives no variable a value`, {
    hint: "write headrace variable set NAME=VALUE",
  });
}

/** Arguments stand in the shell's history and in the list of processes. */
function refuseValue(name: string): void {
  const equals = name.indexOf("=");
  if (equals < 0) return;
  throw new HeadraceError("HR_USAGE", "the value of a secret is never written on the command line", {
    hint: `write headrace secret set ${name.slice(0, equals)}, which asks for it; what was written here stands in the history of the shell`,
  });
}

const SOUNDS_SECRET = /TOKEN|SECRET|PASSW|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIAL/i;

function warnOfSecret(cli: Cli, name: string): void {
  if (SOUNDS_SECRET.test(name))
    cli.err.lines([
      `warning: ${oneLine(name)} is set as a plain variable; \`headrace secret set ${oneLine(name)}\` keeps it hidden`,
    ]);
}
