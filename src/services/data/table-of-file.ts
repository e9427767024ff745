import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { DatumView, TableView } from "../../api/index.ts";
import type { BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import { Tables, tableKindOf } from "../../tables/index.ts";
import type { Context } from "../context.ts";
import { fileById } from "./find-files.ts";
import { FirstBytes } from "./first-bytes.ts";
import { turnForTable } from "./table-turns.ts";

/** Only so much of a text file is looked at; unpacked, if it is compressed. */
const TEXT_BYTES = 16 * 1024 ** 2;
/** A Parquet file is read in its parts, but has to lie on this disk as a whole. */
const PARQUET_BYTES = 1024 ** 3;
const MEMORY_BYTES = 512 * 1024 ** 2;
const LIMITS = { rows: 1_000_000, columns: 100, shown: 100 } as const;
/** Then the process that reads it is ended, whatever it does. */
const MOST_MS = 60_000;

/**
 * Returns the columns of a stored table with their content, and its first rows. The file may be made to do harm: it is
 * read by a process of its own, for a bounded time and with bounded memory, and of a text only the beginning. Throws
 * HR_TABLE for a file that is no table or cannot be read so, HR_TOO_MANY_REQUESTS where too many wait.
 */
export async function tableOfFile(context: Context, id: string): Promise<TableView> {
  const file = await fileById(context, id);
  const kind = tableKindOf(file.name);
  if (kind === undefined)
    throw new HeadraceError("HR_TABLE", `the name of ${file.name} does not say what table it holds`, {
      hint: "tables are named .parquet, .csv, .tsv or .jsonl",
    });
  if (kind.format === "parquet" && file.sizeBytes > PARQUET_BYTES)
    throw new HeadraceError("HR_TABLE", `${file.name} is too large to be looked into here`, {
      hint: "download it, and open it with a program for tables",
    });
  using _turn = await turnForTable(context.signal);
  const blobs = await context.project.blobs();
  const folder = await mkdtemp(join(tmpdir(), "headrace-table-"));
  try {
    const path = join(folder, `table.${kind.format === "csv" ? "csv" : kind.format === "json" ? "jsonl" : "parquet"}`);
    if (kind.format === "parquet") await blobs.place(file.sha256, path, { mode: "share", sizeBytes: file.sizeBytes });
    const isPart = kind.format !== "parquet" && (await writeBeginning(blobs, file, kind.ending, path));
    return { ...(await profileOf(path, file, context.signal)), isPart };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns true where the text goes on; then its last line that is whole is the last that is written. */
async function writeBeginning(
  blobs: BlobStore,
  { sha256, name }: DatumView,
  ending: string,
  path: string,
): Promise<boolean> {
  const first = new FirstBytes(TEXT_BYTES);
  const source = await blobs.read(sha256);
  const unpack: Transform | undefined = ending.endsWith(".gz")
    ? createGunzip()
    : ending.endsWith(".zst")
      ? createZstdDecompress()
      : undefined;
  try {
    const bytes = unpack === undefined ? source : source.pipe(unpack);
    // Errors of the source do not pass through a pipe.
    source.once("error", (error) => unpack?.destroy(error));
    await pipeline(Readable.from(first.of(bytes)), createWriteStream(path));
  } catch (error) {
    if (error instanceof HeadraceError) throw error;
    throw new HeadraceError("HR_TABLE", `${name} cannot be unpacked`, {
      hint: "check that it is whole, and that its name says what it is",
      cause: error,
    });
  } finally {
    source.destroy();
    unpack?.destroy();
  }
  return first.isCut;
}

async function profileOf(
  path: string,
  { name }: DatumView,
  signal: AbortSignal | undefined,
): Promise<Omit<TableView, "isPart">> {
  await using tables = Tables.open([path], { memoryBytes: MEMORY_BYTES });
  const tooLong = AbortSignal.timeout(MOST_MS);
  const ending = AbortSignal.any([tooLong, ...(signal === undefined ? [] : [signal])]);
  const ended = Promise.withResolvers<never>();
  const onEnd = (): void =>
    ended.reject(
      new HeadraceError("HR_TABLE", `looking into ${name} took more than ${MOST_MS / 1000} s`, {
        hint: "download it, and open it with a program for tables",
      }),
    );
  ending.addEventListener("abort", onEnd, { once: true });
  try {
    return await Promise.race([tables.profile(0, LIMITS), ended.promise]);
  } catch (error) {
    throw error instanceof HeadraceError
      ? new HeadraceError(error.code, error.message.replaceAll(path, name), {
          ...(error.hint !== undefined && { hint: error.hint }),
          cause: error,
        })
      : error;
  } finally {
    ending.removeEventListener("abort", onEnd);
  }
}
