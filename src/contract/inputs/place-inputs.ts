import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BlobStore, LinkMode } from "../../blobs/index.ts";
import type { KeepDirectories } from "../../config/index.ts";
import type { InputFileRecord } from "../../store/index.ts";
import { explainDiskFailure } from "../disk-failure.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { checkInputName, inputPaths } from "./input-names.ts";

/** Enough to keep a disk busy; a hard link takes microseconds. */
const PLACED_AT_ONCE = 16;

/** A file that is to appear in an input. */
export interface InputFile {
  /** Name with the folders it came in, `/`-separated; the last part of a URI for a fetched file. */
  readonly name: string;
  readonly uri: string;
  readonly datumId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The folder up to which a wildcard was literal; `keep-directories: suffix` keeps what follows it. */
  readonly wildcardRoot?: string;
  /** The datum's properties; the step finds them in `inputs.json`. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface StepInput {
  readonly name: string;
  readonly keepDirectories: KeepDirectories;
  readonly filename?: string;
  readonly files: readonly InputFile[];
}

export interface PlacedFile extends InputFileRecord {
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface PlacedInput {
  readonly name: string;
  readonly files: readonly PlacedFile[];
}

/**
 * Makes the inputs of a step appear in `inputs/NAME/…` and says under which names. An input without files is an empty
 * folder; a datum that came twice over different ways stands there once. May be repeated until the step has started:
 * what an earlier, interrupted call left (half a copy, perhaps) is replaced. All names are checked before the first
 * file is placed.
 */
export async function placeInputs(
  folder: ExecutionFolder,
  inputs: readonly StepInput[],
  blobs: BlobStore,
  options: { readonly mode: LinkMode },
): Promise<readonly PlacedInput[]> {
  const placed = inputs.map(nameInput);
  for (const input of placed) {
    const target = join(folder.inputs, input.name);
    clear(target);
    for (let start = 0; start < input.files.length; start += PLACED_AT_ONCE) {
      const batch = input.files.slice(start, start + PLACED_AT_ONCE);
      await Promise.all(
        batch.map(({ sha256, sizeBytes, name }) => blobs.place(sha256, join(target, name), { ...options, sizeBytes })),
      );
    }
  }
  return placed;
}

/**
 * Under which names the files of an input will stand; a datum that came twice over different ways stands there once.
 */
export function nameInput(input: StepInput): PlacedInput {
  checkInputName(input.name);
  const files = [...new Map(input.files.map((file) => [file.datumId, file])).values()];
  const paths = inputPaths(input, files);
  return {
    name: input.name,
    files: files.map(({ uri, datumId, sha256, sizeBytes, properties }, position) => ({
      input: input.name,
      name: paths[position] ?? "",
      uri,
      datumId,
      sha256,
      sizeBytes,
      ...(properties !== undefined && { properties }),
    })),
  };
}

function clear(target: string): void {
  try {
    if (existsSync(target)) rmSync(target, { recursive: true });
    mkdirSync(target, { recursive: true });
  } catch (error) {
    throw explainDiskFailure(error, `make the input folder ${target}`);
  }
}
