import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemErrorCode } from "../errors.ts";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

const WAIT_MS = 200;
const RELEASED = "released\n";

export interface BuildLockOptions {
  /** The lock is a row of files `<path>.<generation>`. */
  readonly path: string;
  readonly isDone: () => boolean;
  readonly build: () => Promise<void>;
  /** Called once when somebody else is building. */
  readonly onWait: () => void;
  readonly signal: AbortSignal;
  /** True if what is done may be asked for again: the highest generation stays, so that nobody takes a lower one. */
  readonly repeats?: boolean;
}

/**
 * Lets one process at a time build, until it is done. The lock is held by whoever made the highest generation's file,
 * as long as that process lives. The lock of a dead one is never removed (two who both saw it dead could remove each
 * other's), but outbid: its successor is made exclusively, so that only one gets it.
 */
export async function buildOnce(options: BuildLockOptions): Promise<void> {
  const { path, isDone, build, onWait, signal, repeats = false } = options;
  let waiting = false;
  while (!isDone()) {
    signal.throwIfAborted();
    const generations = generationsOf(path);
    const latest = generations.at(-1) ?? 0;
    if (latest > 0 && (await isHeld(`${path}.${latest}`))) {
      if (!waiting) onWait();
      waiting = true;
      await delay(WAIT_MS, undefined, { signal });
      continue;
    }
    const own = `${path}.${latest + 1}`;
    if (!(await take(own))) continue;
    try {
      // Others may have come, outbid `latest` and tidied it away since it was read.
      if (generationsOf(path).at(-1) !== latest + 1) continue;
      for (const old of generations) rmSync(`${path}.${old}`, { force: true });
      if (!isDone()) await build();
    } finally {
      release(own, isDone() && !repeats);
    }
  }
}

function generationsOf(path: string): readonly number[] {
  const prefix = `${basename(path)}.`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

async function isHeld(file: string): Promise<boolean> {
  try {
    const text = readFileSync(file, "utf8");
    return text !== RELEASED && (await isAlive(JSON.parse(text) as ProcessIdentity));
  } catch (error) {
    // Gone again: its holder has finished.
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** By link, the file appears with its text in it. */
async function take(file: string): Promise<boolean> {
  const temporary = temporaryFor(file);
  writeFileSync(temporary, JSON.stringify(await identify(process.pid)));
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function release(file: string, done: boolean): void {
  // Once it is built nobody asks for the lock any more; before that the generation must stay the highest.
  if (done) rmSync(file, { force: true });
  else replace(file, RELEASED);
}

function replace(file: string, text: string): void {
  const temporary = temporaryFor(file);
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

function temporaryFor(file: string): string {
  return join(dirname(file), `.${basename(file)}.${process.pid}`);
}
