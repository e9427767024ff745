import { buffer } from "node:stream/consumers";
import type { CodeFileView, CodeTextView, Page, PageRequest } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { decodeManifest, isLink, type ManifestEntry } from "../../snapshots/index.ts";
import type { Context } from "../context.ts";
import { readCursor, writeCursor } from "../lists/cursor.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { findSubject } from "./refs.ts";

/** A text of more than this is read by checking the code out. */
const MOST_BYTES = 256 * 1024;
const CURSOR = "code files";

/** A page of the files of the code that a run or an execution used, by path. */
export async function listCodeFiles(context: Context, ref: string, page: PageRequest): Promise<Page<CodeFileView>> {
  requirePageSize(page.limit);
  const entries = await entriesOf(context, ref);
  const from = page.after === undefined ? 0 : readCursor(page.after, (parts) => placeAfter(entries, parts));
  const items = entries.slice(from, from + page.limit).map(viewOf);
  const last = items.at(-1);
  const isEnd = last === undefined || from + items.length >= entries.length;
  return { items, next: isEnd ? null : writeCursor([CURSOR, last.path]) };
}

/** One of these files with its text, as far as it is one. Throws HR_NOT_FOUND where the code has no such file. */
export async function codeText(context: Context, ref: string, path: string): Promise<CodeTextView> {
  const entry = (await entriesOf(context, ref)).find((each) => each.path === path);
  if (entry === undefined)
    throw new HeadraceError("HR_NOT_FOUND", `the code of ${ref} has no file ${JSON.stringify(path)}`, {
      hint: "paths are those of the project's folder, such as src/train.py",
    });
  if (isLink(entry)) return { ...viewOf(entry), text: null, isCut: false };
  const blobs = await context.project.blobs();
  const isCut = entry.size > MOST_BYTES;
  const bytes = entry.size === 0 ? Buffer.alloc(0) : await buffer(await blobs.read(entry.sha256, FIRST));
  return { ...viewOf(entry), text: textOf(bytes, isCut), isCut };
}

const FIRST = { start: 0, end: MOST_BYTES } as const;

function placeAfter(entries: readonly ManifestEntry[], [name, last]: readonly unknown[]): number | undefined {
  const at = name === CURSOR ? entries.findIndex(({ path }) => path === last) : -1;
  return at < 0 ? undefined : at + 1;
}

/** None where the version is not stored any more, as of a run before its code was recorded. */
async function entriesOf({ project }: Context, ref: string): Promise<readonly ManifestEntry[]> {
  const store = await project.reader();
  const subject = await findSubject(store, ref);
  const { commit } = subject.kind === "run" ? subject.run : subject.execution;
  const snapshot = await store.snapshots.get(commit);
  if (snapshot === undefined) return [];
  return decodeManifest(await (await project.blobs()).readBytes(snapshot.manifestSha256));
}

function viewOf(entry: ManifestEntry): CodeFileView {
  const { path } = entry;
  if (isLink(entry)) return { path, sizeBytes: null, sha256: null, executable: false, link: entry.link };
  return { path, sizeBytes: entry.size, sha256: entry.sha256, executable: entry.executable };
}

/** A text that is cut may end within a character. */
function textOf(bytes: Uint8Array, isCut: boolean): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}
