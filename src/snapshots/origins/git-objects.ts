import { spawn } from "node:child_process";
import { HeadraceError } from "../../errors.ts";
import { gitEnvironment, gitProgram } from "../run-git.ts";

export interface WantedObject {
  readonly object: string;
  readonly repository: string;
}

export interface ReadObjectsOptions {
  /** Bytes that one object may have; a larger one is HR_SNAPSHOT_FAILED. */
  readonly most: number;
}

/**
 * Hands over the contents of git objects as git stores them, one after the other: no filter, no conversion of line
 * ends, nothing that the repository names is run.
 */
export async function readGitObjects(
  wanted: readonly WantedObject[],
  onObject: (object: string, content: Buffer) => void,
  { most }: ReadObjectsOptions,
): Promise<void> {
  const byRepository = Map.groupBy(wanted, ({ repository }) => repository);
  for (const [repository, objects] of byRepository) {
    const names = [...new Set(objects.map(({ object }) => object))];
    const reader = new ObjectReader(onObject, most);
    await catFile(repository, names, reader);
    if (reader.count < names.length) throw cut(names[reader.count] ?? "");
  }
}

function catFile(repository: string, names: readonly string[], reader: ObjectReader): Promise<void> {
  const git = gitProgram();
  if (git === undefined) throw new HeadraceError("HR_SNAPSHOT_FAILED", "git is not installed");
  return new Promise((resolve, reject) => {
    const child = spawn(git, ["--no-pager", "cat-file", "--batch"], {
      cwd: repository,
      env: gitEnvironment(),
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.stdout.on("data", (chunk: Buffer) => {
      try {
        reader.take(chunk);
      } catch (error) {
        child.kill("SIGKILL");
        reject(error);
      }
    });
    child.on("error", reject);
    child.on("close", () => resolve());
    // It may end before it has read all names; what is missing is noticed by the count.
    child.stdin.on("error", () => undefined);
    child.stdin.end(names.map((name) => `${name}\n`).join(""));
  });
}

/** Cuts the output of `git cat-file --batch` into objects: `<name> <type> <size>\n<content>\n`. */
class ObjectReader {
  count = 0;
  readonly #onObject: (object: string, content: Buffer) => void;
  readonly #most: number;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes up to the end of the object that has begun. */
  #awaited = 0;
  #head: { readonly object: string; readonly size: number } | undefined;

  constructor(onObject: (object: string, content: Buffer) => void, most: number) {
    this.#onObject = onObject;
    this.#most = most;
  }

  take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#awaited) return;
    let bytes: Buffer = Buffer.concat(this.#chunks, this.#length);
    for (let rest = this.#cut(bytes); rest !== undefined; rest = this.#cut(bytes)) bytes = rest;
    this.#chunks = [bytes];
    this.#length = bytes.length;
  }

  /** Hands over what stands whole at the front; returns what follows, or undefined where more must come. */
  #cut(bytes: Buffer): Buffer | undefined {
    if (this.#head === undefined) {
      const end = bytes.indexOf(10);
      if (end < 0) return undefined;
      this.#head = headOf(bytes.toString("latin1", 0, end), this.#most);
      this.#awaited = this.#head.size + 1;
      return bytes.subarray(end + 1);
    }
    const { object, size } = this.#head;
    if (bytes.length < size + 1) return undefined;
    this.#onObject(object, bytes.subarray(0, size));
    this.count += 1;
    this.#head = undefined;
    this.#awaited = 0;
    return bytes.subarray(size + 1);
  }
}

function headOf(line: string, most: number): { readonly object: string; readonly size: number } {
  const [object = "", type = "", length = ""] = line.split(" ");
  const size = Number(length);
  if (type !== "blob" || !Number.isSafeInteger(size)) throw cut(object);
  if (size <= most) return { object, size };
  throw new HeadraceError(
    "HR_SNAPSHOT_FAILED",
    `a file of the commit has ${size} bytes, more than the ${most} that are read`,
    {
      hint: "keep large files out of the repository: make them inputs",
    },
  );
}

function cut(object: string): HeadraceError {
  return new HeadraceError("HR_SNAPSHOT_FAILED", `the repository lacks the object ${object} of the commit`, {
    hint: "a shallow or partial clone may lack it: `git fetch --unshallow` or `git fetch --refetch` brings it",
  });
}
