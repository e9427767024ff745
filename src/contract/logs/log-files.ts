import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { CHUNK_BYTES, type LogStream } from "./log-index.ts";

type LogFile = LogStream | "index";

/** The three files of a logs folder, opened when first needed (a step that has not started has none), read piece by piece. */
/** Of a step whose folder could not even be made: its path leads through a file, round in a circle, or is too long. */
const ABSENT: ReadonlySet<string | undefined> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

export class LogFiles implements AsyncDisposable {
  readonly #folder: string;
  readonly #handles: Partial<Record<LogFile, FileHandle>> = {};
  readonly #windows: Partial<Record<LogStream, { readonly offset: number; readonly bytes: Buffer }>> = {};

  constructor(folder: string) {
    this.#folder = folder;
  }

  async handle(file: LogFile): Promise<FileHandle | undefined> {
    try {
      this.#handles[file] ??= await open(join(this.#folder, file), "r");
    } catch (error) {
      if (!ABSENT.has(systemErrorCode(error))) throw error;
    }
    return this.#handles[file];
  }

  /**
   * Bytes of a stream, at most 256 KiB. Valid until the next call for the same stream. The index of a step that prints line by line has
   * an entry for every few bytes; reading 256 KiB ahead makes one system call of a thousand.
   */
  async read(stream: LogStream, offset: number, length: number): Promise<Buffer> {
    const window = this.#windows[stream];
    if (window !== undefined && offset >= window.offset && offset + length <= window.offset + window.bytes.length) {
      return window.bytes.subarray(offset - window.offset, offset - window.offset + length);
    }
    const log = await this.handle(stream);
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const { bytesRead } = (await log?.read(buffer, 0, CHUNK_BYTES, offset)) ?? { bytesRead: 0 };
    this.#windows[stream] = { offset, bytes: buffer.subarray(0, bytesRead) };
    return buffer.subarray(0, Math.min(length, bytesRead));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.#handles).map((handle) => handle.close()));
  }
}
