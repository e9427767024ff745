import { join } from "node:path";
import { Access } from "../access/index.ts";
import { STEP_CALLS } from "../api/index.ts";
import { originalError } from "../errors.ts";
import { type EngineOptions, stepCalls } from "../services/index.ts";
import { type HomeOptions, loadSingleSignOn, ServerHome, type SingleSignOnSettings } from "../services/on-demand.ts";
import type { ProjectRecord } from "../store/index.ts";
import { buildServer } from "./build-server.ts";
import { adminWithoutLogin, ensureAdmin } from "./first-admin.ts";
import { KeptAnswers, RequestUnderWay } from "./kept-answers.ts";
import { freePort, listen, openLog } from "./listen.ts";
import type { ServerParts } from "./server-parts.ts";
import { openSingleSignOn } from "./single-sign-on/sign-on-pages.ts";

export interface ServeHomeOptions extends HomeOptions, Pick<EngineOptions, "jobs" | "signal" | "onNotice"> {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The address at which browsers reach it; absent: by host and port. */
  readonly publicUrl?: string;
  readonly trustedProxies?: readonly string[];
  readonly tls?: NonNullable<ServerParts["tls"]>;
  /** Only the API, or only the engine, in this process; absent: both. */
  readonly only?: "api" | "engine";
  /** The password of the administrator whom the first start makes; absent: one is made. */
  readonly adminPassword?: string;
  /** Called once it can be asked. */
  readonly onListening: (server: { readonly url: string }) => void;
  /** Called at the first start, with the password that was made. */
  readonly onAdmin: (admin: { readonly name: string; readonly password: string }) => void;
  /** Called at a later start while nobody has logged in as the first user, whose password may have been lost. */
  readonly onAdminWithoutLogin: (name: string) => void;
  /** A project, or the search for work, has failed; it is tried again. */
  readonly onFailure: (message: string, project?: string) => void;
}

/**
 * Serves the projects of a home and works for their runs, until the signal. Requests that are under way end first;
 * streams end, and their readers find another server or come back; steps that run go on for an engine to come.
 */
export async function serveHome(options: ServeHomeOptions): Promise<void> {
  await using home = await ServerHome.open(options);
  const access = new Access(home.database.installation);
  const serves = options.only !== "engine";
  // A mistake in it is told before anything is served.
  const signOn = serves ? loadSingleSignOn(join(home.folder, "single-sign-on.yaml"), options.env) : undefined;
  await welcomeAdmin(home, access, options);
  using log = openLog(join(home.folder, "server.log"), "a");
  const failed = (error: unknown, project?: string): void => {
    const original = originalError(error);
    const message = original instanceof Error ? original.message : String(original);
    log.write(
      `${JSON.stringify({ time: options.now(), level: 50, msg: message, project, stack: stackOf(original) })}\n`,
    );
    options.onFailure(message, project);
  };
  const address = await addressOf(options);
  // A part of it that fails for good ends the others in order.
  const ending = new AbortController();
  const own = { ...options, signal: AbortSignal.any([options.signal, ending.signal]) };
  const answers = new KeptAnswers(home.database.installation.scope, options.now);
  const parts = [
    home.runClearings({ signal: own.signal, onFailure: failed, once: (day, work) => oncePerDay(answers, day, work) }),
    ...(serves ? [serveApi(home, access, own, { ...address, signOn, log, failed })] : []),
    ...(options.only === "api" ? [] : [runEngine(home, access, own, { ...address, failed })]),
  ];
  const ends = await Promise.allSettled(
    parts.map((part) =>
      part.catch((error: unknown) => {
        ending.abort();
        throw error;
      }),
    ),
  );
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

async function welcomeAdmin(
  { database }: ServerHome,
  access: Access,
  { adminPassword, now, onAdmin, onAdminWithoutLogin }: ServeHomeOptions,
): Promise<void> {
  const isGiven = adminPassword !== undefined && adminPassword !== "";
  const unused = isGiven ? undefined : await adminWithoutLogin(access, database.installation);
  const made = await ensureAdmin(access, adminPassword, now());
  if (made !== undefined) onAdmin(made);
  if (unused !== undefined) onAdminWithoutLogin(unused);
}

/** The clearing of a day is like a request that several servers are sent: one carries it out, also if another died. */
async function oncePerDay(
  answers: KeptAnswers,
  day: string,
  work: () => Promise<void>,
): Promise<"done" | "done-before" | "under-way"> {
  const request = { actor: "local:server", key: `clear-up:${day}`, method: "POST", url: "", body: {} } as const;
  try {
    const { isKept } = await answers.answer({ ...request, isRepeatable: true, hasSecret: false }, async () => {
      await work();
      return { status: 204, body: null };
    });
    return isKept ? "done-before" : "done";
  } catch (error) {
    if (error instanceof RequestUnderWay) return "under-way";
    throw error;
  }
}

type Failed = (error: unknown, project?: string) => void;

interface Address {
  readonly port: number;
  /** Absent: this process is only an engine, and nobody has said where the API is. */
  readonly publicUrl: string | undefined;
}

async function addressOf({ host, port, publicUrl, only, tls }: ServeHomeOptions): Promise<Address> {
  if (only === "engine") return { port, publicUrl };
  const own = port === 0 ? await freePort(host) : port;
  const scheme = tls === undefined ? "http" : "https";
  const url = publicUrl ?? `${scheme}://${host.includes(":") ? `[${host}]` : host}:${own}`;
  return { port: own, publicUrl: url.replace(/\/+$/, "") };
}

interface ApiParts extends Address {
  readonly signOn: SingleSignOnSettings | undefined;
  readonly log: Log;
  readonly failed: Failed;
}

async function serveApi(
  home: ServerHome,
  access: Access,
  options: ServeHomeOptions,
  { port, publicUrl = "", signOn, log, failed }: ApiParts,
): Promise<void> {
  const { host, now, signal, tls, trustedProxies = [] } = options;
  const server = await buildServer({
    ...{ database: home.database, access, now, publicUrl, trustedProxies, log, diskFolder: home.folder },
    ...(tls !== undefined && { tls }),
    ...(signOn !== undefined && { singleSignOn: openSingleSignOn(signOn, publicUrl) }),
    projects: async (project, asker) => home.apiFor(project, asker),
    valohai: (project, asker) => home.valohaiFor(project, asker),
    tracer: home.tracer,
    hideSecrets: (project, text) => home.hideSecrets(project, text),
    code: (project: ProjectRecord) => home.codeOf(project),
    removeProject: (project, wish) => home.removeProject(project, wish),
  });
  try {
    await listen(server, { host, port });
    options.onListening({ url: publicUrl });
    await home.runFetches(signal, (error, project) => failed(error, project?.id));
  } finally {
    await server.close();
  }
}

interface Log {
  write(line: string): void;
}

async function runEngine(
  home: ServerHome,
  access: Access,
  { signal, onNotice, jobs }: ServeHomeOptions,
  { publicUrl: url, failed }: Address & { readonly failed: Failed },
): Promise<void> {
  await home.runEngine({
    ...{ exitWhenIdle: false, signal, onNotice, onFailure: failed },
    ...(url !== undefined && { stepCalls: stepCalls({ url, tokens: access.executions, paths: STEP_CALLS }) }),
    ...(jobs !== undefined && { jobs }),
  });
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
