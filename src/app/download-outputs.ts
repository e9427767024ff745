import { existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { BlobStore } from "../blobs/index.ts";
import { HeadraceError } from "../errors.ts";
import type { Store } from "../store/index.ts";
import { describeSubject } from "./details.ts";
import type { DatumView } from "./views.ts";

export interface Download {
  readonly folder: string;
  readonly overwrite: boolean;
  /** With several executions, files go into a sub-folder per node. */
  readonly perNode: boolean;
}

/** What `headrace outputs REF --download` means: of a run, every node's files, each node in a folder of its own. */
export async function outputsForDownload(
  store: Store,
  ref: string,
): Promise<{ readonly outputs: readonly DatumView[]; readonly perNode: boolean }> {
  const subject = await describeSubject(store, ref);
  if (subject.kind === "execution") return { outputs: subject.execution.outputs, perNode: false };
  return { outputs: subject.run.nodes.flatMap((node) => node.execution?.outputs ?? []), perNode: subject.run.kind === "pipeline" };
}

/** Writes stored outputs as ordinary files, byte for byte. Where a name was written several times, the newest counts. Throws HR_FILE_EXISTS before it writes anything. */
export async function downloadOutputs(blobs: BlobStore, outputs: readonly DatumView[], download: Download): Promise<readonly string[]> {
  const targets = new Map<string, string>();
  for (const datum of outputs) {
    const name = download.perNode ? join(datum.node ?? "", datum.name) : datum.name;
    targets.set(safeJoin(download.folder, name), datum.sha256);
  }
  const existing = [...targets.keys()].filter((path) => existsSync(path));
  if (existing.length > 0 && !download.overwrite) {
    throw new HeadraceError(
      "HR_FILE_EXISTS",
      `${existing[0]} exists already${existing.length > 1 ? ` (and ${existing.length - 1} more)` : ""}`,
      {
        hint: "choose another folder, or give --overwrite",
      },
    );
  }
  for (const [path, sha256] of targets) await write(blobs, sha256, path);
  return [...targets.keys()];
}

/** Beside its place first, then renamed: a broken download leaves the old file. */
async function write(blobs: BlobStore, sha256: string, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.headrace-part-${process.pid}`;
  try {
    await blobs.place(sha256, aside, { mode: "copy" });
    if (existsSync(path) && lstatSync(path).isDirectory()) {
      throw new HeadraceError("HR_FILE_EXISTS", `${path} is a folder`, { hint: "choose another folder to download to" });
    }
    renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Names were checked when they were stored; a database that someone edited is not trusted either. */
function safeJoin(folder: string, name: string): string {
  const root = resolve(folder);
  const path = resolve(root, name);
  const inside = relative(root, path);
  if (inside === "" || inside === ".." || inside.startsWith(`..${sep}`)) {
    throw new HeadraceError("HR_PATH_ESCAPES", `the output name ${JSON.stringify(name)} leaves the folder ${folder}`);
  }
  return path;
}
