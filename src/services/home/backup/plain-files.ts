import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { HeadraceError } from "../../../errors.ts";

/** A file of a home beside its records and stored files. */
export interface PlainFile {
  /** Below the home, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Written by the administrator. `secrets.key` is not among them: a backup would hold what opens it. */
const SETTINGS = ["headrace.config.yaml", "single-sign-on.yaml"] as const;
/**
 * The files of a repository that name versions. Objects are added before a name of them is, so these are copied after
 * them.
 */
const IS_NAME = /\.git\/(?:HEAD|config|packed-refs|refs\/)/;
/** Files that git is writing at the moment. */
const IS_UNFINISHED = /(?:\.lock|\/tmp_[^/]*|\/FETCH_HEAD|\/gc\.pid|\/objects\/incoming-[^/]*)(?:\/|$)/;

/** Settings and mirrors of a home, in the order in which a copy of them is whole while fetches go on. */
export function plainFilesOf(home: string): readonly string[] {
  const mirrors = filesBelow(home, "mirrors").filter((path) => !IS_UNFINISHED.test(path));
  return [
    ...SETTINGS.filter((name) => existsSync(join(home, name))),
    ...mirrors.filter((path) => IS_NAME.test(path)),
    ...mirrors.filter((path) => !IS_NAME.test(path)),
  ];
}

/** No links are followed: git makes none in a mirror. */
function filesBelow(root: string, folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}

/** Undefined for a file that went meanwhile, such as a loose object that was packed. */
export async function copyPlainFile(from: string, to: string, path: string): Promise<PlainFile | undefined> {
  if (lstatSync(join(from, path), { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const target = join(to, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const look = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(join(from, path)), look, createWriteStream(target, { mode: 0o600, flush: true }));
  return { path, sizeBytes, sha256: hash.digest("hex") };
}

/** The same back, compared with what was saved. */
export async function bringPlainFile(from: string, to: string, { path, sha256 }: PlainFile): Promise<void> {
  // Below the home, whatever a manifest says that somebody has changed.
  const parts = path.split("/");
  if (!(path.startsWith("mirrors/") || (SETTINGS as readonly string[]).includes(path)) || !parts.every(isName))
    throw damaged(`names the file ${JSON.stringify(path)}, which is no file of a home`);
  const copied = await copyPlainFile(from, to, path);
  if (copied === undefined) throw damaged(`has no ${path}`);
  if (copied.sha256 !== sha256) throw damaged(`has another ${path} than was saved`);
}

function isName(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && !part.includes("\0");
}

function damaged(what: string): HeadraceError {
  return new HeadraceError("HR_RECORD_DAMAGED", `the backup ${what}`, {
    hint: "use another backup; what was brought back so far is not used",
  });
}
