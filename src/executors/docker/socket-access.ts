import { readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import type { Advice } from "../../advice.ts";

export interface SocketRefusal {
  readonly message: string;
  readonly hint: Advice;
}

/** Explains why this user may not use a socket, and what would let them. */
export function explainForbidden(socketPath: string): SocketRefusal {
  const name = userInfo().username;
  return {
    message: `the container engine's socket ${socketPath} may not be used by ${name} (permission denied)`,
    hint: hintFor(name, ownership(socketPath), groups()),
  };
}

/** The user and the group that may use a socket. */
export interface SocketOwnership {
  readonly gid: number;
  readonly mode: number;
}

/** `groupFile` is the text of /etc/group. */
export function hintFor(user: string, socket: SocketOwnership | undefined, groupFile: string): Advice {
  const otherwise: Advice = [
    "or use an engine of your own (`systemctl --user start podman.socket`), or run with ",
    { do: "set", option: "environment", value: "local" },
  ];
  const isOpenToGroup = socket !== undefined && socket.gid !== 0 && (socket.mode & 0o020) !== 0;
  if (!isOpenToGroup) return ["ask whoever runs this machine, ", ...otherwise];
  const { name, members } = groupOf(socket.gid, groupFile);
  if (members.includes(user)) return `you are in the group ${name}, but not yet in this session: log in again`;
  return [
    `\`sudo usermod -aG ${name} ${user}\` lets you, after the next login (who is in that group is as mighty as root); `,
    ...otherwise,
  ];
}

/** Undefined where its folder is closed as well. */
function ownership(socketPath: string): SocketOwnership | undefined {
  try {
    return statSync(socketPath);
  } catch {
    return undefined;
  }
}

function groups(): string {
  try {
    return readFileSync("/etc/group", "utf8");
  } catch {
    return "";
  }
}

/**
 * Reads the group from a line such as `docker:x:998:ada,bob`. A group that only a directory service knows goes by its
 * number.
 */
function groupOf(gid: number, groupFile: string): { readonly name: string; readonly members: readonly string[] } {
  for (const line of groupFile.split("\n")) {
    const [name = "", , number, members = ""] = line.split(":");
    if (number === String(gid)) return { name, members: members.split(",") };
  }
  return { name: String(gid), members: [] };
}
