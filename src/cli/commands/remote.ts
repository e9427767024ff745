import { type Command, Option } from "commander";
import type { RemoteView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { remoteFolder, remoteOf, setRemote } from "../remote/remote-of.ts";

interface RemoteOptions extends GlobalOptions {
  readonly server?: string;
  readonly create?: boolean;
  readonly unset?: boolean;
  readonly servers?: boolean;
}

export function addRemote(program: Command, cli: Cli): void {
  const command = program
    .command("remote")
    .description("show or set the project on a server that the commands in this folder act on")
    .argument("[project]", "its id, or its name as OWNER/NAME")
    .option("--server <url>", "the server (default: that of this folder, or the only one that you are logged in to)")
    .addOption(new Option("--create", "make the project, where there is none of the name"))
    .addOption(new Option("--unset", "have the commands act in the folder again").conflicts(["server", "create"]))
    .addOption(
      new Option("--servers", "list the servers that you are logged in to").conflicts(["server", "create", "unset"]),
    )
    .action(async (project: string | undefined, _options, self: Command) => {
      const options = self.optsWithGlobals<RemoteOptions>();
      if (options.servers === true) await listServers(cli, options);
      else if (options.unset === true) await unset(cli, options, project);
      else if (project === undefined) await show(cli, options);
      else await set(cli, options, project);
    });
  withExamples(command, [
    ["headrace remote ada/flights", "act on this project from now on, in this folder"],
    ["headrace remote flights --create", "make it first"],
    ["headrace remote", "what the commands act on"],
    ["headrace ls --local", "the folder's own runs all the same"],
    ["headrace remote --unset", "act in the folder again"],
  ]);
}

async function listServers(cli: Cli, options: RemoteOptions): Promise<void> {
  const { allCredentials } = await import("../remote/credentials.ts");
  const servers = Object.entries(allCredentials(cli)).map(([server, { username }]) => ({ server, username }));
  await printResult(cli, options, { servers }, () =>
    servers.length === 0
      ? ["You are logged in to no server."]
      : servers.map(({ server, username }) => `${server}  ${cli.out.style.dim(`as ${username}`)}`),
  );
}

async function unset(cli: Cli, options: RemoteOptions, project: string | undefined): Promise<void> {
  if (project !== undefined)
    throw new HeadraceError("HR_USAGE", "--unset takes no project", { hint: "leave the project out" });
  const remote = await remoteOf(cli, options);
  if (remote !== undefined && remote.folder === undefined)
    throw new HeadraceError("HR_USAGE", "HEADRACE_SERVER sets the server here", { hint: "unset the variable" });
  const folder = remote?.folder ?? (await remoteFolder(cli, options));
  setRemote(cli, folder, undefined);
  await printResult(cli, options, NONE, () => [
    remote === undefined
      ? "The commands here act in the folder already."
      : `The commands in ${folder} act in the folder.`,
  ]);
}

const NONE: RemoteView = { server: null, project: null, name: null, username: null, version: null, folder: null };

async function show(cli: Cli, options: RemoteOptions): Promise<void> {
  const remote = await remoteOf(cli, options);
  if (remote === undefined) {
    await printResult(cli, options, NONE, () => [
      "The commands here act in the folder.",
      cli.out.style.dim("`headrace login URL` and `headrace remote PROJECT` have them act on a server"),
    ]);
    return;
  }
  const { askAbout } = await import("../remote/about-remote.ts");
  await print(cli, options, await askAbout(cli, remote));
}

async function set(cli: Cli, options: RemoteOptions, project: string): Promise<void> {
  const [{ askAbout, createProject }, { allCredentials }, { serverAddress }] = await Promise.all([
    import("../remote/about-remote.ts"),
    import("../remote/credentials.ts"),
    import("../../client/index.ts"),
  ]);
  const known = Object.keys(allCredentials(cli));
  const server = options.server === undefined ? await serverFor(cli, options, known) : serverAddress(options.server);
  const made = options.create === true ? await createProject(cli, server, project) : undefined;
  const folder = await remoteFolder(cli, options);
  const view = await askAbout(cli, { server, project: made ?? project, folder });
  // The id stays the same where the project is renamed.
  setRemote(cli, folder, { server, project: view.project ?? project, ...(view.name !== null && { name: view.name }) });
  await print(cli, options, view);
}

async function serverFor(cli: Cli, options: RemoteOptions, known: readonly string[]): Promise<string> {
  const remote = await remoteOf(cli, options);
  const [only] = known;
  if (remote !== undefined) return remote.server;
  if (only !== undefined && known.length === 1) return only;
  throw new HeadraceError("HR_USAGE", "which server?", {
    hint: known.length === 0 ? "log in first: headrace login URL" : `name it with --server: ${known.join(", ")}`,
  });
}

async function print(cli: Cli, options: RemoteOptions, view: RemoteView): Promise<void> {
  const { otherVersion } = await import("../remote/versions.ts");
  const { server, name, project, username, version, folder } = view;
  const other = server === null || version === null ? undefined : otherVersion(server, version);
  const { bold, dim } = cli.out.style;
  await printResult(cli, options, view, () => [
    `The commands in ${folder ?? "this process"} act on ${bold(name ?? project ?? "")} on ${server}.`,
    dim(`as ${username} · Headrace ${version} · id ${project}`),
  ]);
  if (other !== undefined) cli.err.lines([`${cli.err.style.yellow("warning:")} ${other}`]);
}
