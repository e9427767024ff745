import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the web application, and its compressed forms by the name of the coding. */
export interface WebFile {
  readonly type: string;
  readonly content: Buffer;
  readonly br?: Buffer;
  readonly gzip?: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const HERE = dirname(fileURLToPath(import.meta.url));

/** The built application: beside the bundle, or in dist/ where the sources run. */
const FOLDER = [join(HERE, "web"), join(HERE, "../../dist/web")].find((folder) =>
  existsSync(join(folder, "index.html")),
);

/**
 * The names of the files that there are, such as `assets/main-5f3a.js`. Nothing but these is ever served, so that no
 * address leads out of the folder.
 */
export function webFileNames(): readonly string[] {
  if (FOLDER === undefined) return [];
  const folder = FOLDER;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Reads a file of the application; it stays in memory from then on, a megabyte in all. */
export function readWebFile(name: string): WebFile {
  const path = join(FOLDER ?? "", name);
  const compressed = (ending: string) => (existsSync(path + ending) ? readFileSync(path + ending) : undefined);
  const [br, gzip] = [compressed(".br"), compressed(".gz")];
  return {
    type: TYPES[extname(name)] ?? "application/octet-stream",
    content: readFileSync(path),
    ...(br !== undefined && { br }),
    ...(gzip !== undefined && { gzip }),
  };
}
