import type { BlobStore } from "../../../blobs/index.ts";
import { HeadraceError } from "../../../errors.ts";

/** The result of copying the stored files. */
export interface FilesReport {
  /** Stored files of the project. */
  readonly files: number;
  readonly copied: number;
  readonly copiedBytes: number;
}

/** As many at once as keep a network busy without the memory of many parts. */
const AT_ONCE = 4;
/** Names that are asked for together: the store of a large project is never held in memory whole. */
const PAGE = 1_000;

export interface CopySource extends Pick<BlobStore, "list" | "read"> {
  readonly trash: Pick<BlobStore["trash"], "list">;
}

/**
 * Copies every stored file that the target lacks. Each is hashed on its way and compared with its name, there and here;
 * a second call copies what came in the meantime. A damaged file ends it, with the name of the file.
 */
export async function copyFiles(
  from: CopySource,
  to: Pick<BlobStore, "missing" | "putStream">,
  onProgress: (report: FilesReport) => void = () => {},
  pageSize = PAGE,
): Promise<FilesReport> {
  let report: FilesReport = { files: 0, copied: 0, copiedBytes: 0 };
  for await (const page of pagesOf(from, pageSize)) {
    const missing = (await to.missing(page.keys())).values();
    const copy = async (): Promise<void> => {
      for (const sha256 of missing) {
        await to.putStream(await from.read(sha256), { expectedSha256: sha256 });
        report = { ...report, copied: report.copied + 1, copiedBytes: report.copiedBytes + (page.get(sha256) ?? 0) };
        onProgress(report);
      }
    };
    await allOf(Array.from({ length: AT_ONCE }, copy));
    report = { ...report, files: report.files + page.size };
    await requireArrived(to, page.keys());
  }
  return report;
}

/** The target is asked, and not believed because it has taken the bytes. */
async function requireArrived(to: Pick<BlobStore, "missing">, names: Iterable<string>): Promise<void> {
  const [lost, ...more] = await to.missing(names);
  if (lost === undefined) return;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  throw new HeadraceError("HR_BLOB_MISSING", `the stored file ${lost}${others} did not arrive in the new place`, {
    hint: "nothing was taken away here: check the new place, and try again",
  });
}

async function* pagesOf(store: CopySource, size: number): AsyncIterable<ReadonlyMap<string, number>> {
  let page = new Map<string, number>();
  // A content may have been discarded at the very moment in which somebody recorded it; to read it brings it back.
  for (const list of [store.list(), store.trash.list()]) {
    for await (const { sha256, sizeBytes } of list) {
      page.set(sha256, sizeBytes);
      if (page.size < size) continue;
      yield page;
      page = new Map();
    }
  }
  if (page.size > 0) yield page;
}

/** The first failure, once nobody works any more: a copy under way must not outlive its store. */
async function allOf(working: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(working)) if (result.status === "rejected") throw result.reason;
}
