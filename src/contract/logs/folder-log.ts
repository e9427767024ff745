import { appendFileSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { watchFolder } from "../wakeup.ts";
import { CHUNK_BYTES, ENTRY_BYTES, encodeEntry, type IndexEntry, type LogStream, readEntries } from "./log-index.ts";
import type { LogSink, LogSource } from "./log-source.ts";

type LogFile = LogStream | "index";

/**
 * Error codes of a step whose folder could not even be made: its path leads through a file, round in a circle, or is
 * too long.
 */
/** The codes of a file that is not there, or not yet. */
export const ABSENT: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

/** The log as it lies where the step ran: three files of a folder, opened when first needed. */
export class FolderLog implements LogSource, LogSink {
  readonly #folder: string;
  readonly #handles: Partial<Record<LogFile, FileHandle>> = {};

  constructor(folder: string) {
    this.#folder = folder;
  }

  async entries(first: number, count?: number): Promise<readonly IndexEntry[]> {
    const index = await this.handle("index");
    return index === undefined ? [] : await readEntries(index, first, count);
  }

  async entryCount(): Promise<number> {
    const index = await this.handle("index");
    return index === undefined ? 0 : Math.floor((await index.stat()).size / ENTRY_BYTES);
  }

  async read(stream: LogStream, offset: number, length: number): Promise<Buffer> {
    const log = await this.handle(stream);
    if (log === undefined) return Buffer.alloc(0);
    const buffer = Buffer.allocUnsafeSlow(Math.min(length, CHUNK_BYTES));
    const { bytesRead } = await log.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  }

  watch(onChange: () => void, onBroken: () => void): Disposable | undefined {
    return watchFolder(this.#folder, onChange, onBroken);
  }

  async append(stream: LogStream, at: number, bytes: Uint8Array): Promise<void> {
    appendToLog(this.#folder, stream, at, bytes);
  }

  /** Undefined for a file that is not there yet. */
  async handle(file: LogFile): Promise<FileHandle | undefined> {
    try {
      this.#handles[file] ??= await open(join(this.#folder, file), "r");
    } catch (error) {
      if (!ABSENT.has(systemErrorCode(error))) throw error;
    }
    return this.#handles[file];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.#handles).map((handle) => handle.close()));
  }
}

/** For what no intake follows; the step's own output is in the files before it is in the index. */
export function appendToLog(folder: string, stream: LogStream, at: number, bytes: Uint8Array): void {
  let offset = statSync(join(folder, stream), { throwIfNoEntry: false })?.size ?? 0;
  appendFileSync(join(folder, stream), bytes);
  const entries: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, bytes.length - start);
    entries.push(encodeEntry({ at, stream, offset, length }));
    offset += length;
  }
  appendFileSync(join(folder, "index"), Buffer.concat(entries));
}
