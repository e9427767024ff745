import { accessSync, constants, lstatSync } from "node:fs";
import { join } from "node:path";
import { findCredentialPlaces } from "../../../credential-places.ts";
import { homeFolders } from "../../../home-folders.ts";
import { plainInstallerSettings } from "./installer-settings.ts";
import { listeningSockets } from "./listening-sockets.ts";
import { notedStateFolders } from "./other-projects.ts";
import { isWithin } from "./paths.ts";
import { standIn, standInsFolder } from "./stand-in.ts";
import { type Bind, bind, bindFile } from "./view-part.ts";

export interface HidingRequest {
  readonly home: string | undefined;
  readonly stateFolder: string;
  /**
   * The folder that notes the state folders of the user's projects (other-projects.ts); undefined if they cannot be
   * noted.
   */
  readonly register: string | undefined;
  /** Places that the user shows. */
  readonly shownSecrets: readonly string[];
}

/**
 * Empty ones in the place of files and folders with credentials, of sockets that something listens on, and of the
 * records of other projects.
 */
export function hiddenPlaces(request: HidingRequest): readonly Bind[] {
  const empty = standIn(standInsFolder(request.stateFolder), { folders: ["folder"], files: ["file"] });
  const file = (path: string): Bind => bindFile(path, join(empty, "file"));
  const folder = (path: string): Bind => bind(path, join(empty, "folder"), false);
  const sockets = listeningSockets().filter((path) => !/^\/(dev|proc|sys)\//.test(path));
  const others = request.register === undefined ? [] : notedStateFolders(request.register);
  const plain = homeFolders(request.home).flatMap(plainInstallerSettings);
  const places = findCredentialPlaces(request.home, request.shownSecrets).filter(
    ({ path }) => !plain.includes(path) && isOpen(path),
  );
  return [
    ...places.map(({ path, isFile }) => (isFile ? file(path) : folder(path))),
    ...sockets.map(file),
    ...others.filter((path) => !isWithin(request.stateFolder, path)).map(folder),
  ];
}

/**
 * Returns false for a file that this user cannot read: it is closed to his steps as well; nothing needs to stand in its
 * place.
 */
function isOpen(path: string): boolean {
  if (process.getuid?.() === 0) return true;
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true;
  }
}
