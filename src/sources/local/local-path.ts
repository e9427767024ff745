import { relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { homeFolder } from "../../home-folders.ts";
import { unavailable } from "../unavailable.ts";

/** The absolute path, perhaps with wildcards, that a path or `file://` URI means. */
export function toLocalPath(uri: string, projectRoot: string): string {
  const path = /^file:\/\//i.test(uri) ? pathOfFileUri(uri) : withHome(uri);
  if (path.includes("\0")) throw unavailable(JSON.stringify(uri), "a path cannot hold a NUL character", "remove it");
  return resolve(projectRoot, path);
}

/** Returns the address under which a local file is recorded. */
export function toFileUri(path: string): string {
  return pathToFileURL(path).href;
}

/**
 * Returns the path that `keep-directories: full` keeps: the path within the project, or from the root of the file
 * system for a file outside.
 */
export function fullPathOf(path: string, projectRoot: string): string {
  const within = relative(projectRoot, path);
  const inside = within !== "" && within !== ".." && !within.startsWith(`..${sep}`);
  return (inside ? within : path)
    .split(sep)
    .filter((part) => part !== "")
    .join("/");
}

function withHome(path: string): string {
  const home = homeFolder(process.env);
  return home !== undefined && (path === "~" || path.startsWith("~/")) ? home + path.slice(1) : path;
}

function pathOfFileUri(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch (error) {
    throw unavailable(
      uri,
      "it is not the address of a local file",
      "write file:///absolute/path, or the path alone",
      error,
    );
  }
}
