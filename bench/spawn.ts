/**
 * Measures what starting a step costs: `true` from start() to its end, in each sandbox, beside a bare spawn in the same
 * run; and what the launcher's helper process is good for, in parents of several sizes.
 *
 *     node bench/spawn.ts [--rounds 100]
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type Launcher,
  type LaunchRequest,
  openDirectLauncher,
  openHelperLauncher,
} from "../src/executors/local/launcher.ts";
import { openLocalExecutor } from "../src/executors/local/local-executor.ts";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "100" } } });
const rounds = Number(options.rounds);
const root = mkdtempSync(join(tmpdir(), "headrace-bench-spawn-"));
const environment = { PATH: "/usr/bin:/bin" };

const bare = await measure("bare spawn of /bin/true, to its exit", () => bareSpawn("/bin/true", []));
await measure("bare spawn of bash -c true, to its exit", () => bareSpawn("/bin/bash", ["-c", "true"]), bare);
for (const sandbox of ["off", "bubblewrap", "unshare"] as const) await measureSteps(sandbox);
await measureLaunchers();
rmSync(root, { recursive: true });

async function measureSteps(sandbox: "off" | "bubblewrap" | "unshare"): Promise<void> {
  const stateFolder = join(root, sandbox);
  await using executor = await openLocalExecutor({
    stateFolder,
    projectRoot: root,
    sandbox,
    baseEnvironment: { ...environment, HOME: root },
  });
  let count = 0;
  const next = () => {
    const executionId = String(count++);
    const folder = join(stateFolder, executionId);
    mkdirSync(folder, { recursive: true });
    return { executionId, folder, command: ["true"], image: "", environment: {} };
  };
  const preparation = await executor.prepare(next(), () => undefined, new AbortController().signal);
  const step = async (): Promise<void> => {
    await (await executor.start(next(), preparation)).ended;
  };
  await step();
  await measure(`step "true", sandbox ${sandbox}, start() to ended`, step, bare);
}

/** Measures the time for which a launch keeps the caller, by the caller's resident memory. */
async function measureLaunchers(): Promise<void> {
  const ballast: Buffer[] = [];
  const request: LaunchRequest = { program: "/bin/true", arguments: [], folder: "/", environment };
  for (const targetMb of [0, 150, 450]) {
    while (process.memoryUsage.rss() < targetMb * 1e6) ballast.push(Buffer.alloc(8e6, 1));
    const size = `parent of ${Math.round(process.memoryUsage.rss() / 1e6)} MB`;
    for (const [name, open] of [
      ["direct", openDirectLauncher],
      ["helper", openHelperLauncher],
    ] as const) {
      await using launcher = open();
      await (await launcher.launch(request)).ended;
      await measure(`launch, ${name}, ${size}, until started`, () => launchAndForget(launcher, request));
    }
  }
}

async function launchAndForget(launcher: Launcher, request: LaunchRequest): Promise<() => Promise<unknown>> {
  const { ended } = await launcher.launch(request);
  return () => ended;
}

function bareSpawn(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(program, args, { stdio: "ignore", env: environment })
      .once("exit", () => resolve())
      .once("error", reject);
  });
}

/** Runs `work` again and again, one at a time; what it returns is run after the clock has stopped. */
async function measure(what: string, work: () => Promise<unknown>, limitMs?: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const since = performance.now();
    const afterwards = await work();
    times.push(performance.now() - since);
    if (typeof afterwards === "function") await afterwards();
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0;
  const ratio = limitMs === undefined ? "" : `  ${(at(0.5) / limitMs).toFixed(1)} × bare`;
  console.log(
    `${what.padEnd(56)} p50 ${at(0.5).toFixed(1).padStart(5)} ms  p99 ${at(0.99).toFixed(1).padStart(6)} ms${ratio}`,
  );
  return at(0.5);
}
