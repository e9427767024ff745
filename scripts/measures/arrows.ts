import { posix } from "node:path";
import { isTest, type SourceFile } from "./source-file.ts";

const BELOW_ENGINE: readonly string[] = [
  ...["executors", "code-tracing", "contract", "planning", "tasks", "catalog", "settings"],
  ...["sources", "snapshots", "config", "store", "blobs", "expressions", "machine", "concurrency"],
];

/**
 * The rooms that a room may import at run time. `import type` may also point to a room of `TYPES_ONLY`. ARCHITECTURE.md
 * draws the same picture.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  machine: [],
  concurrency: [],
  network: [],
  remotes: ["machine", "network", "snapshots", "store", "concurrency"],
  expressions: [],
  api: [],
  views: [],
  config: ["expressions"],
  planning: ["config", "expressions"],
  statistics: [],
  catalog: ["config", "expressions"],
  tasks: ["config", "expressions", "statistics"],
  monitoring: ["statistics"],
  triggers: [],
  tables: [],
  checks: ["config"],
  features: [],
  settings: ["config"],
  store: ["concurrency"],
  access: ["store"],
  secrets: ["store"],
  blobs: ["concurrency"],
  snapshots: ["blobs", "store", "concurrency"],
  sources: ["blobs", "network", "store", "concurrency"],
  contract: ["blobs", "store", "sources", "snapshots", "config", "planning", "concurrency"],
  "code-tracing": ["contract", "snapshots", "blobs", "machine"],
  executors: ["contract", "code-tracing", "machine", "concurrency", "settings", "config", "secrets"],
  telemetry: ["store"],
  engine: [...BELOW_ENGINE, "secrets", "telemetry"],
  services: [
    ...[
      "engine",
      "views",
      "access",
      "features",
      "checks",
      "monitoring",
      "tables",
      "triggers",
      "secrets",
      "remotes",
      "network",
      "telemetry",
    ],
    ...BELOW_ENGINE,
  ],
  client: ["api", "concurrency"],
  // The faces use the services; they may use those parts of the pure rooms that need no project.
  server: ["telemetry", "services", "access", "api", "views", "store", "concurrency"],
  cli: ["server", "client", "services", "api", "views", "config", "planning", "concurrency"],
};
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  views: ["api", "config"],
  config: ["api"],
  planning: ["api"],
  store: ["api", "config", "planning"],
  access: ["api"],
  services: ["api"],
  cli: ["store"],
};
/**
 * For repositories of other rooms, for callers that ask for the kinds of executors and open none, and for parts that
 * most commands do without: see there.
 */
const SECOND_DOORS: Readonly<Record<string, readonly string[]>> = {
  store: ["src/store/sql.ts"],
  executors: ["src/executors/kinds.ts"],
  services: ["src/services/on-demand.ts"],
};
const PURE = new Set([
  "expressions",
  "config",
  "planning",
  "statistics",
  "tasks",
  "checks",
  "monitoring",
  "features",
  "catalog",
  "settings",
  "api",
  "views",
]);

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
  const allowed =
    MAY_IMPORT[room]?.includes(targetRoom) === true || (typeOnly && TYPES_ONLY[room]?.includes(targetRoom) === true);
  return allowed ? undefined : `an arrow from ${room} to ${targetRoom} does not point down`;
}

/** `src/config/x.ts` → `config`; undefined for files that stand in `src/` itself. */
function roomOf(path: string): string | undefined {
  const parts = path.split("/");
  return parts[0] === "src" && parts.length > 2 ? parts[1] : undefined;
}
