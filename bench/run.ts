/**
 * Runs every benchmark of this folder, one after the other, each in a process of its own.
 *
 *     npm run bench                  all of them
 *     npm run bench -- engine store  these
 *     npm run bench -- --peers       other tools beside Headrace (bench/peers/run.ts)
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== basename(import.meta.filename))
  .map((file) => basename(file, ".ts"))
  .sort();
const wanted = process.argv.slice(2);
if (wanted.includes("--peers")) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, "peers/run.ts"), ...wanted], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}; there are ${names.join(", ")}.`);
  process.exit(2);
}
for (const name of wanted.length === 0 ? names : wanted) {
  console.log(`\n── ${name} ──`);
  const { status, signal } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: "inherit",
  });
  if (status === 0) continue;
  console.error(`bench/${name}.ts ended with ${signal ?? `exit code ${status}`}`);
  process.exitCode = 1;
}
