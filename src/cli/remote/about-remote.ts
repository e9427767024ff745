import { ACCOUNT, HEALTH, PROJECTS, type RemoteView } from "../../api/index.ts";
import { Routes, Wire } from "../../client/index.ts";
import { HeadraceError } from "../../errors.ts";
import { programVersion } from "../../version.ts";
import type { Cli } from "../cli.ts";
import { credentialsFor } from "./credentials.ts";
import type { RemoteSetting } from "./remote-of.ts";

/**
 * Returns the server's view of a project and of the user who asks. Throws HR_NOT_FOUND where the user reaches no such
 * project.
 */
export async function askAbout(cli: Cli, { server, project, folder }: RemoteSetting): Promise<RemoteView> {
  using wire = wireTo(cli, server);
  const routes = new Routes(wire, project);
  const { version } = await routes.ask(HEALTH.server);
  const { username } = await routes.ask(ACCOUNT.me);
  const { id, name, owner } = await routes.ask(PROJECTS.project).catch(async (error: unknown) => {
    throw await withNames(error, routes);
  });
  const fullName = owner.username === "" ? name : `${owner.username}/${name}`;
  return { server, project: id, name: fullName, username, version, folder: folder ?? null };
}

/** Makes a project on a server, and returns its id; that of the one that is there already. */
export async function createProject(cli: Cli, server: string, project: string): Promise<string> {
  using wire = wireTo(cli, server);
  const slash = project.lastIndexOf("/");
  const [owner, name] = slash < 0 ? [undefined, project] : [project.slice(0, slash), project.slice(slash + 1)];
  try {
    const body = { name, ...(owner !== undefined && { owner }) };
    return (await new Routes(wire).ask(PROJECTS.createProject, { body })).id;
  } catch (error) {
    if (!(error instanceof HeadraceError) || error.code !== "HR_CONFLICT") throw error;
    const username = owner ?? (await new Routes(wire).ask(ACCOUNT.me)).username;
    return `${username}/${name}`;
  }
}

function wireTo(cli: Cli, server: string): Wire {
  return new Wire({ url: server, env: cli.env, version: programVersion(), ...credentialsFor(cli, server) });
}

const NAMED = 10;

/** Names the projects that there are, where the wanted one is not. */
async function withNames(error: unknown, routes: Routes): Promise<unknown> {
  if (!(error instanceof HeadraceError) || error.code !== "HR_NOT_FOUND") return error;
  const query = { limit: NAMED, offset: 0 };
  const { results, count } = await routes.ask(PROJECTS.listProjects, { query });
  const names = results.map(({ name, owner }) => (owner.username === "" ? name : `${owner.username}/${name}`));
  const more = count > names.length ? ` and ${count - names.length} more` : "";
  return new HeadraceError(error.code, error.message, {
    hint:
      names.length === 0
        ? "you reach no project there; --create makes one"
        : `your projects there are ${names.join(", ")}${more}`,
    cause: error,
  });
}
