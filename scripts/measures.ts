/** The house's measures: sizes of files and the arrows between rooms; real paths as the kernel sees them; the style of messages; variables from one place; a lock file that is whole. Function sizes, cycles and `any` are Biome's part. */
import { globSync, readFileSync } from "node:fs";
import { arrowProblems } from "./measures/arrows.ts";
import { lockFileProblems } from "./measures/lock-file.ts";
import { messageProblems } from "./measures/messages.ts";
import { processEnvironmentProblems } from "./measures/process-environment.ts";
import { realPathProblems } from "./measures/real-paths.ts";
import { sizeProblems } from "./measures/sizes.ts";

const files = globSync(["src/**/*.ts", "scripts/**/*.ts", "bench/**/*.ts", "test/**/*.ts"])
  .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(path, "utf8") }))
  .sort((a, b) => (a.path < b.path ? -1 : 1));
const { problems, summary } = sizeProblems(files);
const all = [
  ...problems,
  ...arrowProblems(files),
  ...realPathProblems(files),
  ...messageProblems(files),
  ...processEnvironmentProblems(files),
  ...lockFileProblems(readFileSync("package-lock.json", "utf8")),
];
for (const problem of all) console.error(problem);
console.log(summary);
console.log(all.length === 0 ? "Measures kept." : `${all.length} measures broken.`);
process.exitCode = all.length === 0 ? 0 : 1;
