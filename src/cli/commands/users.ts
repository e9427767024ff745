import { resolve } from "node:path";
import type { Command } from "commander";
import type { TeamsView, TokensView, UsersView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Administration, GivenPassword } from "../../server/index.ts";
import { choiceOption, collect, oneOf, wholeNumber } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";

const HOME_OPTION = ["--home <folder>", "the folder of the server (default: HEADRACE_HOME)"] as const;
const USER_ACTIONS = ["ls", "add", "set-password", "disable", "enable", "log-out"] as const;
const TEAM_ACTIONS = ["ls", "add", "rm", "join", "leave"] as const;
const TOKEN_ACTIONS = ["ls", "add", "revoke"] as const;
const LEVELS = ["read", "write", "admin"] as const;

interface HomeOptions extends GlobalOptions {
  readonly home?: string;
}

interface UserOptions extends HomeOptions {
  readonly fullName?: string;
  readonly email?: string;
  readonly admin?: boolean;
  readonly password?: boolean;
}

export function addUser(program: Command, cli: Cli): void {
  const command = program
    .command("user")
    .description("list, add or change the users of a server, on its own machine")
    .argument("<action>", USER_ACTIONS.join(", "), oneOf("action", USER_ACTIONS))
    .argument("[name]", "of the user")
    .option(...HOME_OPTION)
    .option("--full-name <text>", "with add: their name in full")
    .option("--email <address>", "with add: invites whoever logs in at the provider with this verified address")
    .option("--admin", "with add: an administrator of the server")
    .option("--password", "with add: from the standard input, or one that is made where that is a terminal")
    .action(async (action: (typeof USER_ACTIONS)[number], name: string | undefined, _options, self: Command) => {
      const options = self.optsWithGlobals<UserOptions>();
      const result = await administer(cli, options, (home) => changeUsers(home, { action, name, options }));
      await printResult(cli, options, result, async () => {
        const { renderUsers } = await import("../render/users.ts");
        return renderUsers(result, { width: cli.out.size().width, style: cli.out.style });
      });
    });
  withExamples(command, [
    ["headrace user ls --home /srv/headrace", "who they are"],
    ["headrace user add ada --password --home /srv/headrace", "prints the password that is made"],
    ["headrace user set-password ada --home /srv/headrace < password.txt", "their sessions end"],
    ["headrace user disable ada --home /srv/headrace", "logged out, and their tokens fail; `enable` takes it back"],
    ["headrace user log-out ada --home /srv/headrace", "ends their sessions everywhere"],
  ]);
}

export function addTeam(program: Command, cli: Cli): void {
  const command = program
    .command("team")
    .description("list, add or remove the teams of a server, and who is in them")
    .argument("<action>", TEAM_ACTIONS.join(", "), oneOf("action", TEAM_ACTIONS))
    .argument("[name]", "of the team")
    .argument("[user]", "for join and leave: the user")
    .option(...HOME_OPTION)
    .action(
      async (
        action: (typeof TEAM_ACTIONS)[number],
        name: string | undefined,
        user: string | undefined,
        _options,
        self: Command,
      ) => {
        const options = self.optsWithGlobals<HomeOptions>();
        const result = await administer(cli, options, (home) => changeTeams(home, { action, name, user }));
        await printResult(cli, options, result, async () => {
          const { renderTeams } = await import("../render/users.ts");
          return renderTeams(result, { width: cli.out.size().width, style: cli.out.style });
        });
      },
    );
  withExamples(command, [
    ["headrace team add research --home /srv/headrace", "a team without anybody in it"],
    ["headrace team join research ada --home /srv/headrace", "ada is in it"],
    ["headrace team rm research --home /srv/headrace", "its users lose what they were by it"],
  ]);
}

interface TokenOptions extends HomeOptions {
  readonly level: (typeof LEVELS)[number];
  readonly only?: readonly string[];
  readonly expires?: number;
}

export function addToken(program: Command, cli: Cli): void {
  const command = program
    .command("token")
    .description("list, make or revoke the tokens with which programs act for a user of a server")
    .argument("<action>", TOKEN_ACTIONS.join(", "), oneOf("action", TOKEN_ACTIONS))
    .argument("<user>", "whose tokens they are")
    .argument("[token]", "for add: what to call it; for revoke: its id")
    .option(...HOME_OPTION)
    .addOption(
      choiceOption("--level <level>", "with add: how much of the user's rights it carries", LEVELS).default("write"),
    )
    .option("--only <project>", "with add: it reaches this project alone; repeatable", collect)
    .option("--expires <days>", "with add: when it ends", wholeNumber("--expires", 1))
    .action(
      async (
        action: (typeof TOKEN_ACTIONS)[number],
        user: string,
        token: string | undefined,
        _options,
        self: Command,
      ) => {
        const options = self.optsWithGlobals<TokenOptions>();
        const result = await administer(cli, options, (home) => changeTokens(home, { action, user, token, options }));
        await printResult(cli, options, result, async () => {
          const { renderTokens } = await import("../render/users.ts");
          return renderTokens(result, { width: cli.out.size().width, style: cli.out.style });
        });
      },
    );
  withExamples(command, [
    ["headrace token add ada ci --only ada/flights --expires 90 --home /srv/headrace", "prints it, this once"],
    ["headrace token ls ada --home /srv/headrace", "with the ids that `revoke` takes"],
  ]);
}

async function administer<T>(cli: Cli, options: HomeOptions, use: (home: Administration) => Promise<T>): Promise<T> {
  const folder = options.home ?? cli.env.HEADRACE_HOME ?? "";
  if (folder === "")
    throw new HeadraceError("HR_USAGE", "no server is named", {
      hint: "name the folder of the server with --home, or in HEADRACE_HOME",
    });
  const { Administration: Opened } = await import("../../server/index.ts");
  await using home = await Opened.open({ home: resolve(cli.cwd, folder), env: cli.env, now: () => cli.now() });
  return await use(home);
}

interface UserCall {
  readonly action: (typeof USER_ACTIONS)[number];
  readonly name: string | undefined;
  readonly options: UserOptions;
}

async function changeUsers(home: Administration, { action, name, options }: UserCall): Promise<UsersView> {
  const user = action === "ls" ? "" : required(name, "the user's name");
  switch (action) {
    case "ls":
      return home.users();
    case "add": {
      const { fullName, email, admin, password } = options;
      const given = {
        ...(fullName !== undefined && { fullName }),
        ...(email !== undefined && { email }),
        ...(admin !== undefined && { isAdmin: admin }),
      };
      return home.addUser(user, given, password === true ? await givenPassword() : undefined);
    }
    case "set-password":
      return home.setPassword(user, await givenPassword());
    case "log-out":
      return home.logOut(user);
    case "disable":
    case "enable":
      return home.changeUser(user, { isDisabled: action === "disable" });
  }
}

async function changeTeams(
  home: Administration,
  call: {
    readonly action: (typeof TEAM_ACTIONS)[number];
    readonly name?: string | undefined;
    readonly user?: string | undefined;
  },
): Promise<TeamsView> {
  const team = call.action === "ls" ? "" : required(call.name, "the team's name");
  switch (call.action) {
    case "ls":
      return home.teams();
    case "add":
      return home.addTeam(team);
    case "rm":
      return home.removeTeam(team);
    case "join":
      return home.joinTeam(team, required(call.user, "the user's name"));
    case "leave":
      return home.leaveTeam(team, required(call.user, "the user's name"));
  }
}

interface TokenCall {
  readonly action: (typeof TOKEN_ACTIONS)[number];
  readonly user: string;
  readonly token: string | undefined;
  readonly options: TokenOptions;
}

async function changeTokens(home: Administration, { action, user, token, options }: TokenCall): Promise<TokensView> {
  switch (action) {
    case "ls":
      return home.tokens(user);
    case "add": {
      const { level, only: projects = [], expires } = options;
      const name = required(token, "a name for the token");
      return home.addToken(user, { name, level, projects, ...(expires !== undefined && { expiresInDays: expires }) });
    }
    case "revoke":
      return home.revokeToken(user, required(token, "the token's id"));
  }
}

function required(value: string | undefined, what: string): string {
  if (value !== undefined && value !== "") return value;
  throw new HeadraceError("HR_USAGE", `${what} is missing`, { hint: "write it after the action" });
}

/** A password on the command line would be seen by every user of the machine. */
async function givenPassword(): Promise<GivenPassword> {
  if (process.stdin.isTTY) return "make";
  const { readStandardInput } = await import("../arguments/standard-input.ts");
  return { text: (await readStandardInput(5_000)).replace(/\r?\n$/, "") };
}
