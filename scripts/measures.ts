/**
 * The house's measures: sizes of files and the arrows between rooms; real paths as the kernel sees them; the style of
 * messages, which name no commands below the faces; no names of kinds of executors where every kind has to work;
 * variables from one place; the width of comments, and the words that open their sentences; a lock file that is whole;
 * a page about the house that has all rooms. Function sizes, cycles and `any` are Biome's part.
 */
import { globSync, readFileSync } from "node:fs";
import { arrowProblems } from "./measures/arrows.ts";
import { columnProblems } from "./measures/columns.ts";
import { commandProblems } from "./measures/commands.ts";
import { kindNameProblems } from "./measures/kind-names.ts";
import { lockFileProblems } from "./measures/lock-file.ts";
import { messageProblems } from "./measures/messages.ts";
import { openingProblems } from "./measures/openings.ts";
import { processEnvironmentProblems } from "./measures/process-environment.ts";
import { realPathProblems } from "./measures/real-paths.ts";
import { roomProblems } from "./measures/rooms.ts";
import { sizeProblems } from "./measures/sizes.ts";

const files = globSync(["src/**/*.ts", "web/src/**/*.{ts,tsx}", "scripts/**/*.ts", "bench/**/*.ts", "test/**/*.ts"])
  .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(path, "utf8") }))
  .sort((a, b) => (a.path < b.path ? -1 : 1));
const rooms = [...new Set(files.flatMap(({ path }) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []))];
const { problems, summary } = sizeProblems(files);
const all = [
  ...problems,
  ...arrowProblems(files),
  ...realPathProblems(files),
  ...messageProblems(files),
  ...commandProblems(files),
  ...kindNameProblems(files),
  ...columnProblems(files),
  ...openingProblems(files),
  ...processEnvironmentProblems(files),
  ...lockFileProblems(readFileSync("package-lock.json", "utf8")),
  ...roomProblems(readFileSync("ARCHITECTURE.md", "utf8"), rooms),
];
for (const problem of all) console.error(problem);
console.log(summary);
console.log(all.length === 0 ? "Measures kept." : `${all.length} measures broken.`);
process.exitCode = all.length === 0 ? 0 : 1;
