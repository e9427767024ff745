/**
 * Measures what strace costs a step that it sees through: the same steps in a sandbox with it and without, in turns, so
 * that whatever else the machine does bears on both alike.
 *
 *     node bench/tracing.ts [--rounds 5] [--files 100000]
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLocalExecutor } from "../src/executors/local/local-executor.ts";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, files: { type: "string", default: "100000" } },
});
const rounds = Number(options.rounds);
const root = mkdtempSync(join(tmpdir(), "headrace-bench-tracing-"));

const OPENS = `for n in range(${options.files}): open("/tmp/x").close()`;
const THREADS = `import multiprocessing, threading
def work():
  for n in range(500): open("/tmp/x").close(); sum(range(20000))
def threads():
  all = [threading.Thread(target=work) for n in range(4)]
  for one in all: one.start()
  for one in all: one.join()
all = [multiprocessing.get_context("fork").Process(target=threads) for n in range(8)]
for one in all: one.start()
for one in all: one.join()`;
const COPIES = `a, b = open("/dev/zero", "rb", 0), open("/dev/null", "wb", 0)
for n in range(500000): b.write(a.read(4096))`;

/** The line in front keeps it from being plain Python, which would do without strace the second time. */
const python = (text: string): readonly string[] => ["touch /tmp/x", `python3 - <<'END'\n${text}\nEND`];

const STEPS: Readonly<Record<string, readonly string[]>> = {
  true: ["true"],
  "python3 -c pass, in a shell line": ["true; python3 -c pass"],
  "100 processes": ["for n in $(seq 100); do /bin/true; done"],
  [`${options.files} files opened`]: python(OPENS),
  "8 processes of 4 threads that open files and compute": python(THREADS),
  "500,000 reads and writes": python(COPIES),
};

let count = 0;
const executors = new Map<string, Opened>();
try {
  for (const [name, command] of Object.entries(STEPS)) await compare(name, command);
} finally {
  for (const executor of executors.values()) await executor[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
}

async function compare(name: string, command: readonly string[]): Promise<void> {
  const times: Record<"off" | "on", number[]> = { off: [], on: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const tracer of ["off", "on"] as const) {
      const ms = await timeOf(command, tracer);
      // The first of each finds out what sandbox and tracer there are.
      if (round > 0) times[tracer].push(ms);
    }
  }
  const [without, with_] = [times.off, times.on].map(
    (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0,
  ) as [number, number];
  console.log(
    `${name.padEnd(56)} without ${without.toFixed(0).padStart(6)} ms  with ${with_.toFixed(0).padStart(6)} ms  ${(with_ / without).toFixed(2)} ×`,
  );
}

async function timeOf(command: readonly string[], tracer: "off" | "on"): Promise<number> {
  const stateFolder = join(root, tracer);
  const executor = await executorWith(stateFolder, tracer);
  const executionId = String(count++);
  const folder = join(stateFolder, executionId);
  mkdirSync(folder, { recursive: true });
  const job = { executionId, folder, command, image: "", environment: {} };
  const preparation = await executor.prepare(job, () => undefined, new AbortController().signal);
  const since = performance.now();
  const end = await (await executor.start(job, preparation)).ended;
  const ms = performance.now() - since;
  if (end.kind !== "exited" || end.exitCode !== 0) throw new Error(`the step ended as ${JSON.stringify(end)}`);
  await executor.forget(job);
  return ms;
}

type Opened = Awaited<ReturnType<typeof openLocalExecutor>>;

async function executorWith(stateFolder: string, tracer: string): Promise<Opened> {
  const known = executors.get(tracer);
  if (known !== undefined) return known;
  mkdirSync(stateFolder, { recursive: true });
  const baseEnvironment = {
    PATH: "/usr/bin:/bin",
    HOME: root,
    ...(tracer === "off" ? { HEADRACE_TRACER: "off" } : {}),
  };
  const opened = await openLocalExecutor({ stateFolder, projectRoot: root, sandbox: "bubblewrap", baseEnvironment });
  executors.set(tracer, opened);
  return opened;
}
