import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { isatty } from "node:tty";
import { type Command, Option } from "commander";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { choiceOption } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";

interface LoginOptions extends GlobalOptions {
  readonly user?: string;
  readonly token?: boolean;
  readonly ca?: string;
  readonly level?: "read" | "write" | "admin";
  readonly name?: string;
}

export function addLogin(program: Command, cli: Cli): void {
  const command = program
    .command("login")
    .description("log in to a server; its token is kept in your own configuration folder")
    .argument("<url>", "the address of the server, or the link that `headrace serve` prints")
    .option("-u, --user <name>", "the name of the user there (default: asked for)")
    .addOption(new Option("--token", "give a token in place of a name and a password").conflicts("user"))
    .option("--ca <file>", "a certificate (PEM) to trust, for a server whose signer this machine does not know")
    .addOption(choiceOption("--level <level>", "how much of your rights the token carries", ["read", "write", "admin"]))
    .option("--name <name>", "what the token is called in your list of tokens")
    .action(async (url: string, _options, self: Command) => {
      await login(cli, url, self.optsWithGlobals<LoginOptions>());
    });
  withExamples(command, [
    ["headrace login https://headrace.example.org", "asks for your name and password"],
    ["headrace login https://headrace.example.org --token", "asks for a token that was made in the web"],
    ["headrace login http://127.0.0.1:8470/log-in/CODE/", "with the link that `headrace serve` prints"],
    ["headrace login https://10.0.0.5 --ca company-ca.pem", "where the certificate is signed by your company"],
  ]);
}

async function login(cli: Cli, url: string, options: LoginOptions): Promise<void> {
  const [{ logIn, readAddress }, { setCredentials }, { isInTheClear }] = await Promise.all([
    import("../remote/log-in.ts"),
    import("../remote/credentials.ts"),
    import("../../client/index.ts"),
  ]);
  const { server, code } = readAddress(url);
  if (isInTheClear(server))
    warn(cli, `${server} is reached without TLS: who listens on the way reads what logs you in`);
  const certificates = options.ca === undefined ? undefined : readCertificates(options.ca);
  const { credentials, version } = await logIn(cli, {
    ...{ server, level: options.level ?? "write", proof: () => proofOf(options, code) },
    ...(certificates !== undefined && { certificates }),
    ...(options.name !== undefined && { tokenName: options.name }),
  });
  setCredentials(cli, server, credentials);
  const { otherVersion } = await import("../remote/versions.ts");
  const other = otherVersion(server, version);
  if (other !== undefined) warn(cli, other);
  const { username } = credentials;
  await printResult(cli, options, { server, username, version }, () => [
    `Logged in to ${server} as ${username}.`,
    "`headrace remote PROJECT` has the commands in this folder act on a project there.",
  ]);
}

async function proofOf({ token, user }: LoginOptions, code: string | undefined) {
  if (code !== undefined) return { kind: "link", code } as const;
  const { askLine, askSecret } = await import("../terminal/ask.ts");
  if (token === true) return { kind: "token", token: (await askSecret("Token")).trim() } as const;
  const username = user ?? (isatty(0) ? await askLine("Name", userInfo().username) : undefined);
  if (username === undefined)
    throw new HeadraceError("HR_USAGE", "who is to be logged in?", {
      hint: "name the user with --user, or give a token with --token",
    });
  return { kind: "password", username, password: await askSecret("Password") } as const;
}

const MOST_BYTES = 1024 * 1024;

function readCertificates(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new HeadraceError("HR_USAGE", `${path} cannot be read (${systemErrorCode(error) ?? "unknown error"})`, {
      hint: "name a file with certificates in PEM",
      cause: error,
    });
  }
  if (text.length < MOST_BYTES && text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new HeadraceError("HR_USAGE", `${path} holds no certificate in PEM`, {
    hint: "name a file that begins with -----BEGIN CERTIFICATE-----",
  });
}

function warn(cli: Cli, text: string): void {
  cli.err.lines([`${cli.err.style.yellow("warning:")} ${text}`]);
}
