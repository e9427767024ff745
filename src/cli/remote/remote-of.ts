import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, projectQuery, workingFolder } from "../cli.ts";
import { isRecord, readUserFile, userFile, writeUserFile } from "./user-folder.ts";

/** The project on a server that a folder belongs to. */
export interface RemoteSetting {
  /** Its address, without a slash at its end. */
  readonly server: string;
  /** Id or name. */
  readonly project: string;
  /** The name that the project had when it was set, for who reads a message; a project may be renamed. */
  readonly name?: string;
  /** The folder that it is set for; absent where variables of the environment set it. */
  readonly folder?: string;
}

/** The user's own file: a folder that came from a stranger cannot say where its code is sent. */
const FILE = "remotes.json";

/** Returns where the commands of this folder act; undefined for the folder itself. */
export async function remoteOf(cli: Cli, options: GlobalOptions): Promise<RemoteSetting | undefined> {
  if (options.local === true) return undefined;
  const { HEADRACE_SERVER: server = "", HEADRACE_SERVER_PROJECT: project = "" } = cli.env;
  if (server !== "") return await ofEnvironment(server, project);
  const path = userFile(cli, FILE);
  // Mostly there is none, and then nothing more is looked at.
  if (!existsSync(path)) return undefined;
  const folders = foldersIn(readUserFile(path));
  const root = await projectRoot(cli, options);
  for (let folder = realFolder(workingFolder(cli, options)); ; folder = dirname(folder)) {
    const found = folders[folder];
    if (found !== undefined) return { ...found, folder };
    // A project within a folder is one of its own.
    if (folder === root || folder === dirname(folder)) return undefined;
  }
}

/** Sets the project for a folder, or takes the setting away. */
export function setRemote(
  cli: Cli,
  folder: string,
  remote: Pick<RemoteSetting, "server" | "project" | "name"> | undefined,
): void {
  const path = userFile(cli, FILE);
  const others = { ...foldersIn(readUserFile(path)) };
  delete others[folder];
  writeUserFile(path, { folders: { ...others, ...(remote !== undefined && { [folder]: remote }) } });
}

/** The folder that a setting is for: that of the project, else the current one. */
export async function remoteFolder(cli: Cli, options: GlobalOptions): Promise<string> {
  return (await projectRoot(cli, options)) ?? realFolder(workingFolder(cli, options));
}

/** Undefined where no configuration file lies in the folder or above it. */
export async function projectRoot(cli: Cli, options: GlobalOptions): Promise<string | undefined> {
  const { findProject } = await import("../../services/index.ts");
  try {
    return realFolder(findProject(projectQuery(cli, options)).root);
  } catch (error) {
    if (error instanceof HeadraceError && error.code === "HR_CONFIG_NOT_FOUND" && options.config === undefined)
      return undefined;
    throw error;
  }
}

async function ofEnvironment(server: string, project: string): Promise<RemoteSetting> {
  if (project === "")
    throw new HeadraceError("HR_USAGE", "HEADRACE_SERVER is set, and HEADRACE_SERVER_PROJECT is not", {
      hint: "set both, or neither",
    });
  const { serverAddress } = await import("../../client/index.ts");
  return { server: serverAddress(server), project };
}

function foldersIn(file: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, RemoteSetting>> {
  const folders = isRecord(file?.folders) ? file.folders : {};
  return Object.fromEntries(
    Object.entries(folders).flatMap(([folder, value]) =>
      isRecord(value) && typeof value.server === "string" && typeof value.project === "string"
        ? [[folder, { server: value.server, project: value.project, ...nameIn(value) }]]
        : [],
    ),
  );
}

/** Settings of earlier versions have none. */
function nameIn({ name }: Readonly<Record<string, unknown>>): Pick<RemoteSetting, "name"> {
  return typeof name === "string" ? { name } : {};
}

function realFolder(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // It was removed meanwhile, or is not there: whatever is about it says so.
    return path;
  }
}
