#!/usr/bin/env node
// Every Node.js that knows ES modules must be able to read this file, so that too old a one gets a sentence and not a
// syntax error: no import statements (a built-in module of theirs may be missing, and `node:fs` alone costs 5 ms), no
// optional chaining, no top-level await.

var required = "24.15";

function isSupported(version) {
  var parts = version.replace(/^v/, "").split(".");
  var major = Number(parts[0]);
  var minor = Number(parts[1]);
  return (major === 24 && minor >= 15) || major >= 26;
}

function readVersion(fs) {
  return JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}

function printVersion(fs) {
  // As src/cli/lost-output.ts says it, which is not loaded for this. Who has closed a pipe wants no more.
  process.stdout.on("error", (error) => {
    if (error.code === "EPIPE") return;
    process.exitCode = 1;
    process.stderr.write(`error: what was printed could not be written (${error.code}) [HR_OUTPUT_LOST]\n`);
  });
  process.stdout.write(`${readVersion(fs)}\n`);
}

function start(fs) {
  // A checkout that has not been built runs from its sources, through Node's type stripping.
  var built = new URL("../dist/headrace.js", import.meta.url);
  var isBuilt = fs.existsSync(built);
  var entry = isBuilt ? built : new URL("../src/cli/main.ts", import.meta.url);
  if (isBuilt) keepCompiled(fs);
  import(entry.href).catch((error) => {
    process.stderr.write(`error: Headrace could not be loaded: ${error.message}\n`);
    process.stderr.write("hint: install it again; in a checkout, run `npm ci` and `npm run build`\n");
    if (process.argv.indexOf("--debug") !== -1) process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  });
}

/**
 * Lets Node.js keep what it has compiled, which saves a tenth to a sixth of most commands. Only in a folder of the
 * user's own that nobody else can write: what lies there is run. (`sudo` may come with the home folder of another.)
 */
function keepCompiled(fs) {
  var caches = process.env.XDG_CACHE_HOME || (process.env.HOME ? `${process.env.HOME}/.cache` : "");
  if (caches[0] !== "/" || process.geteuid === undefined) return;
  var folder = `${caches}/headrace/compiled`;
  var stats;
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 448 });
    stats = fs.lstatSync(folder);
    if (!stats.isDirectory() || stats.uid !== process.geteuid() || (stats.mode & 18) !== 0) return;
    process.getBuiltinModule("module").enableCompileCache(folder);
  } catch {
    // Without it everything works as well.
  }
}

var argument = process.argv.length === 3 ? process.argv[2] : "";
if (!isSupported(process.version)) {
  process.stderr.write(
    `error: Headrace needs Node.js ${required} or newer (24.x, or 26 and later); this is ${process.version}. Get it from https://nodejs.org/ or with \`npm install -g node@24\`.\n`,
  );
  process.exitCode = 2;
} else if (argument === "--version" || argument === "-V") {
  printVersion(process.getBuiltinModule("fs"));
} else {
  start(process.getBuiltinModule("fs"));
}
