/**
 * Loaded before the program, with `--import`: writes down what the process asks of its database, of itself and of other
 * programs, into the file that COUNTS_FILE names.
 */
import { subscribe } from "node:diagnostics_channel";
import fs, { readFileSync, writeFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const dist = new URL("../dist/", pathToFileURL(process.argv[1])).href;
const Sqlite = createRequire(process.argv[1])("better-sqlite3");
const counts = { statements: 0, commits: 0, files: 0, bytes: 0, programs: 0, looks: 0 };
/** These come with the time that a run takes, and not with what it does. */
const BY_THE_CLOCK = /data_version|engine_processes/i;

const connection = new Sqlite(":memory:");
const statement = Object.getPrototypeOf(connection.prepare("select 1"));
connection.close();
for (const method of ["run", "get", "all", "iterate"]) {
  const original = statement[method];
  statement[method] = function (...parameters) {
    if (this.source === "commit") counts.commits += 1;
    else if (!BY_THE_CLOCK.test(this.source)) counts.statements += 1;
    return original.apply(this, parameters);
  };
}
// The bundle takes Node's modules as they are then.
for (const method of ["existsSync", "accessSync"]) {
  const original = fs[method];
  fs[method] = function (...parameters) {
    counts.looks += 1;
    return original.apply(this, parameters);
  };
}
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith(dist)) {
      counts.files += 1;
      counts.bytes += readFileSync(fileURLToPath(url)).length;
    }
    return next(url, context);
  },
});
subscribe("child_process", () => {
  counts.programs += 1;
});
process.on("exit", () => writeFileSync(process.env.COUNTS_FILE, JSON.stringify(counts)));
