/**
 * The least that a step costs on this machine: a bare loop that does only what the contract of a step asks of the disk
 * and of the kernel, with no records, no plan and no engine. `bench/engine.ts` runs it as a process of its own beside
 * the engine, so that the ratio of the two says what is Headrace's own.
 *
 *     node bench/floor.ts [--steps 100] [--width 1] [--sandbox off|bubblewrap]
 *
 * A turn writes and syncs what three commits write, makes and removes the files and folders that a step has, and starts
 * the programs of a step: wrapper, two readers of the log, supervisor in a session of its own, bash.
 * `src/executors/local/start-costs.test.ts` and `test/costs/run-costs.test.ts` hold the real step to these counts.
 */
import { spawn } from "node:child_process";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    steps: { type: "string", default: "100" },
    width: { type: "string", default: "1" },
    sandbox: { type: "string", default: "off" },
  },
});

/** The claim, the environment, the end. */
const COMMITS = 3;
/** Four pages of SQLite's log, with their headers. */
const COMMIT_BYTES = 4 * (4_096 + 24);
/** The things of a step on the disk; the sandbox comes with places of its own. */
const THINGS = {
  off: { folders: 16, files: 20, links: 4, renames: 4 },
  bubblewrap: { folders: 28, files: 28, links: 8, renames: 4 },
} as const;
/** The mounts of a step's view on a machine with some credentials to hide. */
const MOUNTS = 45;

const READERS = "fork; 1 while sysread STDIN, my $bytes, 65536";
const SCRIPT = 'setsid /bin/sh -c "bash \\"\\$0\\"; :" "$1" 2>&1 | perl -e "$2"';

const sandbox = options.sandbox === "off" ? "off" : "bubblewrap";
const folder = mkdtempSync(join(tmpdir(), "headrace-bench-floor-"));
const log = openSync(join(folder, "log"), "a");
const since = performance.now();
try {
  const turns = Array.from({ length: Number(options.steps) }, (_, index) => index).values();
  const loop = async (): Promise<void> => {
    for (const turn of turns) await step(join(folder, String(turn)));
  };
  await Promise.all(Array.from({ length: Number(options.width) }, loop));
  const seconds = (performance.now() - since) / 1_000;
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ seconds, ownCpuMs: (user + system) / 1_000 }));
} finally {
  closeSync(log);
  rmSync(folder, { recursive: true, force: true });
}

async function step(place: string): Promise<void> {
  commit();
  const { folders, files, links, renames } = THINGS[sandbox];
  mkdirSync(place);
  for (let index = 1; index < folders; index++) mkdirSync(join(place, `folder-${index}`));
  for (let index = 0; index < files; index++) writeFileSync(join(place, `file-${index}`), "true\n");
  for (let index = 0; index < links; index++) linkSync(join(place, "file-0"), join(place, `link-${index}`));
  for (let index = 0; index < renames; index++)
    renameSync(join(place, `file-${index + 1}`), join(place, `new-${index}`));
  commit();
  await started(place);
  for (let count = 2; count < COMMITS; count++) commit();
  rmSync(place, { recursive: true });
}

/** Written and synced, as the log of the database is. */
function commit(): void {
  writeSync(log, Buffer.alloc(COMMIT_BYTES, 1));
  fsyncSync(log);
}

function started(place: string): Promise<void> {
  const command = ["/bin/sh", "-c", SCRIPT, "floor", join(place, "file-0"), READERS];
  const [program = "", ...rest] = sandbox === "off" ? command : ["bwrap", ...view(place), ...command];
  return new Promise((resolve, reject) => {
    spawn(program, rest, { stdio: "ignore", cwd: place })
      .once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a step ended with ${code}`))))
      .once("error", reject);
  });
}

/** As many mounts as a step's view has, in the namespaces that it has. */
function view(place: string): readonly string[] {
  const hidden = Array.from({ length: MOUNTS - 4 }, (_, index) => ["--tmpfs", `/run/hidden-${index}`]);
  const mounts = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run", "--bind", place, place];
  return ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", ...mounts, ...hidden.flat()];
}
