import { join } from "node:path";
import { Access, type UserRecord } from "../access/index.ts";
import { STEP_CALLS } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import { type EngineOptions, type LocalProject, stepCalls } from "../services/index.ts";
import type { ProjectRecord, Wish } from "../store/index.ts";
import { buildServer } from "./build-server.ts";
import { freePort, listen, openLog } from "./listen.ts";
import { loginLinks } from "./login-links.ts";

export interface ServeFolderOptions extends Pick<EngineOptions, "jobs" | "signal" | "onNotice"> {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly now: () => number;
  /** Called once it can be asked. */
  readonly onListening: (server: { readonly url: string; readonly loginUrl: string }) => void;
}

/** Loopback, in digits or by name: nobody else reaches it. */
const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * Serves the project of a folder to its user, and works for its runs, until the signal. Streams and requests that are
 * under way end first; steps that run go on for an engine to come.
 */
export async function serveFolder(project: LocalProject, options: ServeFolderOptions): Promise<void> {
  const { host, port, signal, now } = options;
  if (!LOOPBACK.has(host))
    throw new HeadraceError("HR_USAGE", `a folder is served to its own user, and ${host} is open to others`, {
      hint: "use 127.0.0.1, and reach it from elsewhere by ssh: ssh -L 8470:127.0.0.1:8470 HOST",
    });
  const { database, record } = await project.openRecords();
  const access = new Access(database.installation);
  const user = await ensureOwner(access, record, project.userName, now());
  const links = loginLinks(now);
  // As the log of an engine in the background: it is that of the last start.
  using log = openLog(join(project.location.stateFolder, "server.log"), "w");
  const publicUrl = `http://${host.includes(":") ? `[${host}]` : host}:${port === 0 ? await freePort(host) : port}`;
  const server = await buildServer({
    ...{ database, access, now, links, publicUrl, trustedProxies: [] },
    onlyProject: record.id,
    projects: async (_project, asker) => project.apiFor(asker),
    valohai: async (_project, asker) => project.valohaiFor(asker),
    tracer: project.tracer,
    hideSecrets: (_project, text) => project.hideSecrets(text),
    diskFolder: project.location.stateFolder,
    log,
  });
  try {
    await listen(server, { host, port: Number(new URL(publicUrl).port) });
    options.onListening({ url: publicUrl, loginUrl: `${publicUrl}${links.create(user.id)}` });
    const { jobs, onNotice } = options;
    await project.driving.runEngine({
      ...{ exitWhenIdle: false, signal, onNotice, ...(jobs !== undefined && { jobs }) },
      stepCalls: stepCalls({ url: publicUrl, tokens: access.executions, paths: STEP_CALLS }),
    });
  } finally {
    await server.close();
  }
}

/** The user of this machine, who is the project's admin; nobody logs in as them but by a link of this server. */
async function ensureOwner(
  { users, members }: Access,
  project: ProjectRecord,
  userName: string,
  now: number,
): Promise<UserRecord> {
  const wish: Wish = { actor: `local:${userName}`, at: now };
  const user = (await users.find(userName)) ?? (await users.create({ name: userName }, wish));
  if ((await members.roleOf(project, user.id)) !== "admin")
    await members.set(project, { kind: "user", id: user.id }, "admin", wish);
  return user;
}
