import { HEALTH, type ProjectApi } from "../../api/index.ts";
import { projectOverHttp, Routes, type StreamPatience, Wire } from "../../client/index.ts";
import { HeadraceError } from "../../errors.ts";
import { programVersion } from "../../version.ts";
import type { Cli } from "../cli.ts";
import { credentialsFor } from "./credentials.ts";
import type { RemoteSetting } from "./remote-of.ts";
import { twoVersions } from "./versions.ts";

/** A stream that is broken for longer ends with the error. */
const PATIENCE_MS = 10 * 60_000;

/** A project on a server: what every project can be asked, and no more. */
export interface RemoteProject extends Disposable {
  readonly api: ProjectApi;
  readonly setting: RemoteSetting;
  /** The calls of the server, with the project filled in. */
  readonly routes: Routes;
  /** Told of lost connections, which are taken up again. */
  watchConnection(listener: NonNullable<StreamPatience["onConnection"]>): Disposable;
}

export function openRemote(cli: Cli, setting: RemoteSetting): RemoteProject {
  const { server, project } = setting;
  const listeners = new Set<NonNullable<StreamPatience["onConnection"]>>();
  const wire = new Wire({
    ...{ url: server, env: cli.env, version: programVersion() },
    ...credentialsFor(cli, server),
  });
  const routes = new Routes(wire, project);
  const patience: StreamPatience = {
    patienceMs: PATIENCE_MS,
    onConnection: (state, error) => {
      for (const listener of listeners) listener(state, error);
    },
  };
  return {
    ...{ api: projectOverHttp(routes, patience), setting, routes },
    watchConnection: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    [Symbol.dispose]: () => wire[Symbol.dispose](),
  };
}

/**
 * The failure with the versions of both programs, where they differ and that may be why: the server answered what this
 * one does not know, or does not know what it was asked.
 */
export async function withVersions(error: unknown, routes: Routes): Promise<unknown> {
  if (!(error instanceof HeadraceError)) return error;
  const isUnknownCall = error.code === "HR_NOT_FOUND" && error.message.startsWith("there is nothing at ");
  if (error.code !== "HR_SERVER_ANSWER" && !isUnknownCall) return error;
  const version = await routes
    .ask(HEALTH.server)
    .then((server) => server.version)
    .catch(() => undefined);
  const two = version === undefined ? undefined : twoVersions(routes.url, version);
  if (two === undefined) return error;
  return new HeadraceError("HR_SERVER_ANSWER", `${two.said}: ${error.message}`, {
    hint: two.advice,
    details: error.advice.details,
    cause: error,
  });
}
