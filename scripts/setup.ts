/**
 * The program of `npm run setup`: it builds, and puts a `headrace` on PATH that runs this checkout with the Node.js
 * that came along.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { projectRoot } from "./bundle.ts";

const MARK = "# Written by Headrace's `npm run setup`.";
const folder = resolve(process.argv[2] ?? join(homedir(), ".local/bin"));
const launcher = join(folder, "headrace");

if (isForeign(launcher)) {
  console.error(`error: ${launcher} exists and is not of Headrace's making; nothing was changed`);
  console.error("hint: npm run setup -- DIR writes the command into another folder");
  process.exitCode = 2;
} else {
  await import("./build.ts");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    launcher,
    `#!/bin/sh\n${MARK}\nexec ${quoted(process.execPath)} ${quoted(join(projectRoot, "bin/headrace.mjs"))} "$@"\n`,
  );
  chmodSync(launcher, 0o755);
  console.log(`\nwrote ${launcher}, which runs ${projectRoot}`);
  const isOnPath = (process.env.PATH ?? "").split(":").some((each) => resolve(each) === folder);
  if (!isOnPath) console.log(`put it on PATH: export PATH="${folder}:$PATH"`);
  console.log("next: headrace init first-steps");
}

/** Only a file of our own is replaced; a link may lead anywhere. */
function isForeign(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return true;
  return existsSync(path) && !readFileSync(path, "utf8").includes(MARK);
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'"'"'`)}'`;
}
