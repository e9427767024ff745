import { existsSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import { explainDiskFailure } from "../disk-failure.ts";
import type { ExecutionFolder } from "../execution-folder.ts";

/** A file that the step made, stored as a blob. */
export interface CollectedOutput {
  /** The datum's id; it is the same however often the outputs are collected. */
  readonly id: string;
  /** Path below outputs. */
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** From sidecar files. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Taken while the step was running. */
  readonly live: boolean;
}

/** A line of the journal: a file with the identity it had in outputs, or properties that came later. */
type JournalLine =
  | { readonly kind: "output"; readonly output: CollectedOutput; readonly identity: string }
  | { readonly kind: "properties"; readonly id: string; readonly properties: Readonly<Record<string, unknown>> };

/** Not needed any more once the end of the execution is recorded. */
export function outputJournalOf({ control }: Pick<ExecutionFolder, "control">): string {
  return join(control, "collected.jsonl");
}

/**
 * `control/collected.jsonl`: what became of the files in outputs. A file is stored first, then noted here and synced,
 * and only then removed from outputs. After a crash at any point, collecting again finds the file in one of the two
 * places: still in outputs, or noted. A file that is in both (same name, inode, size and time) was about to be removed.
 */
export class OutputJournal implements AsyncDisposable {
  readonly #path: string;
  /** Opened for the first line: most steps of a chain of small ones make nothing. */
  #file: FileHandle | undefined;
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();
  readonly #outputs = new Map<string, CollectedOutput>();
  readonly #newest = new Map<string, string>();
  /** By name: identities of what was noted under it. */
  readonly #noted = new Map<string, Set<string>>();

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(control: string): Promise<OutputJournal> {
    const journal = new OutputJournal(outputJournalOf({ control }));
    const text = await readIfPresent(journal.#path);
    // Text after the last newline is half a line: its file was not removed yet.
    for (const line of text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .slice(0, -1)) {
      const parsed = parseLine(line);
      if (parsed === undefined) break;
      journal.#apply(parsed);
      journal.#bytes += Buffer.byteLength(line) + 1;
    }
    return journal;
  }

  /** In the order in which they were noted. */
  get outputs(): readonly CollectedOutput[] {
    return [...this.#outputs.values()];
  }

  /** The last one of a name. */
  newest(name: string): CollectedOutput | undefined {
    return this.#outputs.get(this.#newest.get(name) ?? "");
  }

  isNoted(name: string, identity: string): boolean {
    return this.#noted.get(name)?.has(identity) === true;
  }

  /** Returns once the lines are on the disk. */
  async note(outputs: readonly { readonly output: CollectedOutput; readonly identity: string }[]): Promise<void> {
    await this.#append(outputs.map(({ output, identity }) => ({ kind: "output", output, identity })));
  }

  /** Properties that became known after the file was noted; they add to the earlier ones. */
  async amend(id: string, properties: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#append([{ kind: "properties", id, properties }]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
  }

  /** One after the other, since each cuts off what a failed one may have left. */
  async #append(lines: readonly JournalLine[]): Promise<void> {
    if (lines.length === 0) return;
    const written = this.#writing.then(() => this.#write(lines));
    this.#writing = written.catch(() => {});
    await written;
  }

  async #write(lines: readonly JournalLine[]): Promise<void> {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    try {
      this.#file ??= await open(this.#path, "a");
      // Half a line, of a crash or of a write that failed, must not be continued by the next.
      await this.#file.truncate(this.#bytes);
      await this.#file.appendFile(text);
      await this.#file.datasync();
    } catch (error) {
      throw explainDiskFailure(error, "note which outputs were stored");
    }
    faultPoint("journal-noted");
    this.#bytes += Buffer.byteLength(text);
    for (const line of lines) this.#apply(line);
  }

  #apply(line: JournalLine): void {
    if (line.kind === "output") {
      const { name } = line.output;
      this.#outputs.set(line.output.id, line.output);
      this.#newest.set(name, line.output.id);
      this.#noted.set(name, (this.#noted.get(name) ?? new Set()).add(line.identity));
    } else {
      const output = this.#outputs.get(line.id);
      if (output !== undefined)
        this.#outputs.set(line.id, { ...output, properties: { ...output.properties, ...line.properties } });
    }
  }
}

async function readIfPresent(path: string): Promise<string> {
  // Most steps have none, and two ways to another thread are saved.
  if (!existsSync(path)) return "";
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return "";
    throw error;
  }
}

/**
 * Undefined for the trace of a power cut. A line that parses was written by Headrace: the folder is hidden from the
 * step.
 */
function parseLine(line: string): JournalLine | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === "object" && parsed !== null && "kind" in parsed ? (parsed as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}
