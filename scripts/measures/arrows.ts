import { posix } from "node:path";
import { isTest, type SourceFile } from "./source-file.ts";

const BELOW_ENGINE: readonly string[] = [
  ...["executors", "code-tracing", "contract", "planning", "tasks", "settings"],
  ...["sources", "snapshots", "config", "store", "blobs", "expressions", "machine"],
];

/**
 * Which rooms a room may import at run time. `import type` may also point to a room of `TYPES_ONLY`.
 * ARCHITECTURE.md draws the same picture.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  machine: [],
  expressions: [],
  api: [],
  views: [],
  config: ["expressions"],
  planning: ["config", "expressions"],
  tasks: ["config", "expressions"],
  settings: ["config"],
  store: [],
  blobs: [],
  snapshots: ["blobs", "store"],
  sources: ["blobs", "store"],
  contract: ["blobs", "store", "sources", "snapshots", "config", "planning"],
  "code-tracing": ["contract", "snapshots", "blobs"],
  executors: ["contract", "code-tracing", "machine"],
  engine: BELOW_ENGINE,
  app: ["engine", ...BELOW_ENGINE],
  // The faces use the services of app; of the pure rooms they may use what needs no project.
  cli: ["app", "api", "views", "config", "planning"],
};
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  views: ["api", "config"],
  config: ["api"],
  planning: ["api"],
  store: ["api", "config", "planning"],
  app: ["api"],
  executors: ["config", "settings"],
  cli: ["store"],
};
/** For repositories of other rooms: see there. */
const SECOND_DOORS: Readonly<Record<string, readonly string[]>> = { store: ["src/store/sql.ts"] };
const PURE = new Set(["expressions", "config", "planning", "tasks", "settings", "api", "views"]);

const IMPORT = /^(?:import|export)\s+(type\s+)?[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)|^import\s+"([^"]+)"/gm;

/** Imports between rooms that point up, sideways or past a door, and Node's own modules in pure rooms. */
export function arrowProblems(files: readonly SourceFile[]): readonly string[] {
  return files.filter((file) => file.path.startsWith("src/") && !isTest(file)).flatMap(problemsOf);
}

function problemsOf(file: SourceFile): readonly string[] {
  const room = roomOf(file.path);
  const problems: string[] = [];
  if (room !== undefined && !(room in MAY_IMPORT))
    problems.push(`${file.path}: the room ${room} is not drawn in scripts/measures/arrows.ts`);
  for (const match of file.text.matchAll(IMPORT)) {
    const target = match[2] ?? match[3] ?? match[4] ?? "";
    const line = file.text.slice(0, match.index).split("\n").length;
    const problem = problemOf(file.path, room, target, match[1] !== undefined);
    if (problem !== undefined) problems.push(`${file.path}:${line}: ${problem}`);
  }
  return problems;
}

function problemOf(path: string, room: string | undefined, target: string, typeOnly: boolean): string | undefined {
  if (!target.startsWith(".")) {
    return room !== undefined && PURE.has(room) && target.startsWith("node:") && !typeOnly
      ? `${room} is pure and may not import ${target}`
      : undefined;
  }
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  const targetRoom = roomOf(resolved);
  if (targetRoom === room || targetRoom === undefined) return undefined;
  if (room === undefined) return `a file outside the rooms may not import ${targetRoom}`;
  const doors = [`src/${targetRoom}/index.ts`, ...(SECOND_DOORS[targetRoom] ?? [])];
  if (!doors.includes(resolved)) return `import ${targetRoom} by its door, src/${targetRoom}/index.ts`;
  const allowed = MAY_IMPORT[room]?.includes(targetRoom) === true || (typeOnly && TYPES_ONLY[room]?.includes(targetRoom) === true);
  return allowed ? undefined : `an arrow from ${room} to ${targetRoom} does not point down`;
}

/** `src/config/x.ts` → `config`; undefined for files that stand in `src/` itself. */
function roomOf(path: string): string | undefined {
  const parts = path.split("/");
  return parts[0] === "src" && parts.length > 2 ? parts[1] : undefined;
}
