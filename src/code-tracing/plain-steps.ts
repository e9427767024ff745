import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../errors.ts";
import type { CodeTrace } from "./code-trace.ts";

/**
 * A tracer makes the start of a Python slower. If the notes of a step's Python processes have been seen to tell all
 * that the tracer tells, the next step that runs the same scripts does without it. As soon as such a step turns out to
 * do more, the tracer comes back for good.
 */
export type Learned = "plain" | "more";

/** The file that keeps it, below the project's cache, for steps that run these scripts by these interpreters. */
export function learningFile(cacheFolder: string, interpreters: readonly string[], scripts: readonly string[]): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([interpreters, scripts]))
    .digest("hex");
  return join(cacheFolder, "plain-steps", hash.slice(0, 32));
}

/** Undefined where nothing is known yet. */
export function readLearned(path: string): Learned | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return text === "plain" || text === "more" ? text : undefined;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Keeps it; if that fails, the next step is traced, which is only slower. */
export function keepLearned(path: string, learned: Learned): void {
  const known = readLearned(path);
  if (known === learned || known === "more") return;
  const aside = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(aside, learned);
    renameSync(aside, path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/** Returns true if a trace holds all that another one does. */
export function tellsAll(trace: CodeTrace, other: CodeTrace): boolean {
  const lists = ["folders", "absent"] as const;
  const records = ["files", "listings"] as const;
  return (
    lists.every((key) => isWithin(other[key], trace[key])) &&
    records.every((key) => isWithin(Object.keys(other[key]), Object.keys(trace[key]))) &&
    Object.entries(other.modules).every(([folder, names]) =>
      isWithin(Object.keys(names), Object.keys(trace.modules[folder] ?? {})),
    )
  );
}

function isWithin(items: readonly string[], all: readonly string[]): boolean {
  const known = new Set(all);
  return items.every((item) => known.has(item));
}
