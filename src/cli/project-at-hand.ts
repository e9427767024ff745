import { HeadraceError } from "../errors.ts";
import type { LocalProject, SandboxChoice } from "../services/index.ts";
import { type Cli, type GlobalOptions, projectQuery } from "./cli.ts";
import { projectRoot, remoteOf } from "./remote/remote-of.ts";
import type { RemoteProject } from "./remote/remote-project.ts";

/** The project that a command is about: a folder of this machine, or one on a server. */
export type ProjectAtHand = LocalProject | RemoteProject;

export function isRemote(project: ProjectAtHand): project is RemoteProject {
  return "setting" in project;
}

type OpenOptions = GlobalOptions & { readonly sandbox?: SandboxChoice };

/**
 * Opens the project for the length of `use`, here or on the server that the folder belongs to. The modules of either
 * are imported here and not above, so that help and `--version` do without them.
 */
export async function withProject<T>(
  cli: Cli,
  options: OpenOptions,
  use: (project: ProjectAtHand) => Promise<T>,
): Promise<T> {
  const remote = await remoteOf(cli, options);
  if (remote === undefined) return await withOpenFolder(cli, options, use);
  const { openRemote, withVersions } = await import("./remote/remote-project.ts");
  using project = openRemote(cli, remote);
  try {
    return await use(project);
  } catch (error) {
    throw await withVersions(error, project.routes);
  }
}

/** The same for what only a folder of this machine has. Throws HR_NOT_SUPPORTED where it belongs to a server. */
export async function withFolder<T>(
  cli: Cli,
  options: OpenOptions,
  use: (project: LocalProject) => Promise<T>,
): Promise<T> {
  await requireFolder(cli, options);
  return await withOpenFolder(cli, options, use);
}

/** Throws HR_NOT_SUPPORTED where the commands of this folder act on a server. */
export async function requireFolder(cli: Cli, options: GlobalOptions): Promise<void> {
  const remote = await remoteOf(cli, options);
  if (remote === undefined) return;
  throw new HeadraceError(
    "HR_NOT_SUPPORTED",
    `this works in a folder alone, and the one here belongs to the project ${remote.name ?? remote.project} on ${remote.server}`,
    { hint: [{ do: "set", option: "local" }, " does it here"] },
  );
}

/**
 * For what is about the code at hand: the folder where it has a configuration, also where its runs are on a server,
 * else the server.
 */
export async function withCodeAtHand<T>(
  cli: Cli,
  options: OpenOptions,
  use: (project: ProjectAtHand) => Promise<T>,
): Promise<T> {
  const remote = await remoteOf(cli, options);
  const isHere = remote === undefined || (await projectRoot(cli, options)) !== undefined;
  return isHere ? await withOpenFolder(cli, options, use) : await withProject(cli, options, use);
}

async function withOpenFolder<T>(
  cli: Cli,
  options: OpenOptions,
  use: (project: LocalProject) => Promise<T>,
): Promise<T> {
  const { openProject } = await import("../services/index.ts");
  const query = projectQuery(cli, options);
  await using project = await openProject({
    ...query,
    env: cli.env,
    ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
  });
  return await use(project);
}
