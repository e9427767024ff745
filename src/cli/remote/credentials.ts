import { HeadraceError } from "../../errors.ts";
import type { Cli } from "../cli.ts";
import { closeToOthers, isRecord, readUserFile, userFile, writeUserFile } from "./user-folder.ts";

/** The data that logs the user in to a server. */
export interface Credentials {
  readonly username: string;
  readonly token: string;
  /** Certificates (PEM) to trust beside those of the system. */
  readonly certificates?: string;
}

const FILE = "credentials.json";

/** By the address of the server. */
export function allCredentials(cli: Pick<Cli, "env">): Readonly<Record<string, Credentials>> {
  const path = userFile(cli, FILE);
  const file = readUserFile(path);
  if (file === undefined) return {};
  closeToOthers(path);
  const servers = isRecord(file.servers) ? file.servers : {};
  return Object.fromEntries(
    Object.entries(servers).flatMap(([server, value]) => {
      if (!isRecord(value) || typeof value.token !== "string" || typeof value.username !== "string") return [];
      const { token, username, certificates } = value;
      return [[server, { token, username, ...(typeof certificates === "string" && { certificates }) }]];
    }),
  );
}

/**
 * Those for a server. A token of the environment is for the server that stands beside it there, and goes to no other.
 * Throws HR_NOT_LOGGED_IN.
 */
export function credentialsFor(cli: Pick<Cli, "env">, server: string): Pick<Credentials, "token" | "certificates"> {
  const { HEADRACE_SERVER: named = "", HEADRACE_TOKEN: token = "" } = cli.env;
  const stored = allCredentials(cli)[server];
  if (token !== "" && named.replace(/\/+$/, "") === server)
    return { token: token.trim(), ...(stored?.certificates !== undefined && { certificates: stored.certificates }) };
  if (stored !== undefined) return stored;
  throw new HeadraceError("HR_NOT_LOGGED_IN", `nobody is logged in to ${server} here`, {
    hint: ["log in with ", { do: "log-in", server }],
  });
}

/** Keeps credentials, or forgets them. */
export function setCredentials(cli: Pick<Cli, "env">, server: string, credentials: Credentials | undefined): void {
  const others = { ...allCredentials(cli) };
  delete others[server];
  writeUserFile(userFile(cli, FILE), {
    servers: { ...others, ...(credentials !== undefined && { [server]: credentials }) },
  });
}
