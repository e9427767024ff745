import { userInfo } from "node:os";

/** The user that runs a step in its container. */
export interface ContainerUser {
  /** For the engine; absent: as the image says. */
  readonly asked?: string;
  /** The image knows the user, with a home folder. */
  readonly isNamed: boolean;
  readonly name: string;
  readonly isRoot: boolean;
  /** `uid:gid` to whom the step's files are handed at its end; empty where they are his already. */
  readonly handOver: string;
}

export interface Self {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

export function ownSelf(): Self {
  const { uid, gid, username } = userInfo();
  return { uid, gid, name: username };
}

/**
 * `auto` is whoever runs Headrace, so that outputs are his and nobody gains anything. If the engine runs without root,
 * its container's root is that user already. `image` leaves it to the image (often root, for `apt-get` in a step) and
 * hands the files over at the end.
 */
export function containerUser(setting: string, imageUser: string, rootless: boolean, self: Self): ContainerUser {
  if (setting === "auto" && (rootless || self.uid === 0))
    return { asked: "0:0", isNamed: true, name: "root", isRoot: true, handOver: "" };
  if (setting === "auto")
    return { asked: `${self.uid}:${self.gid}`, isNamed: false, name: self.name, isRoot: false, handOver: "" };
  const user = setting === "image" ? imageUser : setting;
  const isRoot = /^(0|root)?(:.*)?$/.test(user);
  const handOver = isRoot && !rootless && self.uid !== 0 ? `${self.uid}:${self.gid}` : "";
  return {
    ...(setting === "image" ? {} : { asked: setting }),
    isNamed: setting === "image" || isRoot,
    name: isRoot ? "root" : user,
    isRoot,
    handOver,
  };
}
