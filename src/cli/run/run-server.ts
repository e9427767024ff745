import { resolve } from "node:path";
import { parseTrustedProxies, ServerTls, serveFolder, serveHome } from "../../server/index.ts";
import type { LocalProject, SandboxChoice } from "../../services/index.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { harmless } from "../terminal/harmless.ts";
import { engineLine, untilSignal } from "./run-engine.ts";

export interface ServerOptions extends GlobalOptions {
  readonly host: string;
  readonly port: number;
  readonly jobs?: number;
}

/** `headrace serve --home`. */
export async function runHome(
  options: Omit<ServerOptions, "sandbox"> & {
    readonly home: string;
    readonly only?: "api" | "engine";
    readonly publicUrl?: string;
    readonly tlsCert?: string;
    readonly tlsKey?: string;
    /** As --trust-proxy has them. */
    readonly trustProxy?: string;
    readonly sandbox?: SandboxChoice;
  },
  cli: Cli,
): Promise<void> {
  const { home, host, port, jobs, only, publicUrl, trustProxy = "", sandbox = "auto" } = options;
  const { env } = cli;
  const trustedProxies = parseTrustedProxies([trustProxy]);
  const adminPassword = env.HEADRACE_ADMIN_PASSWORD;
  await untilSignal(cli, options, async (signal, say) => {
    const onFailure = (message: string, project?: string): void =>
      say(`${new Date(cli.now()).toISOString()} ${harmless(failureLine(message, project))}`, {
        ...{ kind: "failure", message },
        ...(project !== undefined && { project }),
      });
    using tls = openTls(options, cli, onFailure);
    await serveHome({
      ...{ folder: resolve(cli.cwd, home), host, port, env, sandbox, signal, now: () => cli.now() },
      ...(jobs !== undefined && { jobs }),
      ...(only !== undefined && { only }),
      ...(publicUrl !== undefined && { publicUrl }),
      ...(adminPassword !== undefined && { adminPassword }),
      ...(tls !== undefined && { tls }),
      trustedProxies,
      onAdmin: ({ name, password }) =>
        say(`the first user is ${name}, with the password ${password} (told once)`, { kind: "admin", name, password }),
      onAdminWithoutLogin: (name) =>
        say(
          `nobody has logged in as ${name} yet; \`headrace user set-password ${name}\`, with the same --home, sets a new password`,
          { kind: "admin-without-login", name },
        ),
      onListening: ({ url }) => say(`listening on ${url}`, { kind: "listening", url }),
      onNotice: (notice) => say(engineLine(notice, cli.now()), notice),
      onFailure,
    });
  });
}

/** The certificate of the command line. New files that cannot be served are told; the former are served meanwhile. */
function openTls(
  { tlsCert, tlsKey }: { readonly tlsCert?: string; readonly tlsKey?: string },
  { cwd }: Cli,
  onFailure: (message: string) => void,
): ServerTls | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return ServerTls.open(
    { certificate: resolve(cwd, tlsCert), key: resolve(cwd, tlsKey) },
    { onReload: ({ error }) => error !== undefined && onFailure(error.message) },
  );
}

function failureLine(message: string, project: string | undefined): string {
  return project === undefined ? `tried again soon: ${message}` : `project ${project}, tried again soon: ${message}`;
}

/** `headrace serve` in a project's folder. */
export async function runServer(project: LocalProject, options: ServerOptions, cli: Cli): Promise<void> {
  const { host, port, jobs } = options;
  await untilSignal(cli, options, (signal, say) =>
    serveFolder(project, {
      ...{ host, port, signal, now: () => cli.now() },
      ...(jobs !== undefined && { jobs }),
      onListening: ({ url, loginUrl }) =>
        say([`listening on ${url}`, `open ${loginUrl} to log in (once)`].join("\n"), {
          kind: "listening",
          url,
          loginUrl,
        }),
      onNotice: (notice) => say(engineLine(notice, cli.now()), notice),
    }),
  );
}
