/**
 * Measures what a step in a container costs beside `docker run` of the same command, taken in turns on one daemon; and
 * a fan-out through the whole engine beside as many `docker run`, as many at a time.
 *
 *     node bench/docker.ts [--rounds 20] [--steps 100] [--jobs 4]
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DockerExecutor } from "../src/executors/docker/docker-executor.ts";
import { DockerDaemon, whyNoDocker } from "../src/executors/docker/fixtures/docker-daemon.ts";
import { BARE_IMAGE, importTestImages } from "../src/executors/docker/fixtures/test-image.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    steps: { type: "string", default: "100" },
    jobs: { type: "string", default: "4" },
  },
});
if (whyNoDocker() !== undefined) process.exit(0);
const root = mkdtempSync(join(tmpdir(), "headrace-bench-docker-"));
await using daemon = new DockerDaemon();
await daemon.start();
importTestImages(daemon);
const dockerRun = ["--host", daemon.host, "run", "--rm", "--network", "none", BARE_IMAGE, "/bin/sh", "-c", "true"];
try {
  await compareOneStep(Number(options.rounds));
  await compareFanOut(Number(options.steps), Number(options.jobs));
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function compareOneStep(rounds: number): Promise<void> {
  await using executor = new DockerExecutor({
    settings: { host: daemon.host, pull: "never", user: "auto", allowMounts: [], network: "none" },
    baseEnvironment: {},
    projectId: "bench",
  });
  let count = 0;
  const step = async (): Promise<void> => {
    const executionId = `bench-${count++}`;
    const folder = join(root, executionId);
    for (const name of ["repository", "inputs", "outputs", "config"])
      mkdirSync(join(folder, "valohai", name), { recursive: true });
    const job = { executionId, folder, command: ["true"], image: BARE_IMAGE, environment: {} };
    const preparation = await executor.prepare(job, () => undefined, new AbortController().signal);
    await (await executor.start(job, preparation)).ended;
  };
  const whole = async (): Promise<void> => {
    await step();
    await executor.forget({ executionId: `bench-${count - 1}`, folder: join(root, `bench-${count - 1}`) });
  };
  await whole();
  await command("docker", dockerRun);
  const times: Record<"docker run --rm" | "step, to its end" | "step, with its container removed", number[]> = {
    "docker run --rm": [],
    "step, to its end": [],
    "step, with its container removed": [],
  };
  for (let round = 0; round < rounds; round++) {
    times["docker run --rm"].push(await timed(() => command("docker", dockerRun)));
    times["step, to its end"].push(await timed(step));
    times["step, with its container removed"].push(await timed(whole));
  }
  const bare = median(times["docker run --rm"]);
  for (const [name, taken] of Object.entries(times)) {
    const middle = median(taken);
    console.log(
      `${name.padEnd(36)} p50 ${middle.toFixed(0).padStart(5)} ms   ${(middle / bare).toFixed(2)} ×   ${signed(middle - bare)} ms`,
    );
  }
}

async function compareFanOut(steps: number, jobs: number): Promise<void> {
  const project = join(root, "project");
  mkdirSync(project);
  const names = Array.from({ length: steps }, (_, index) => `n${index}`);
  const nodes = names.map((name) => ({ name, step: "s", type: "execution" }));
  writeFileSync(
    join(project, "valohai.yaml"),
    JSON.stringify([
      { step: { name: "s", image: BARE_IMAGE, command: "true" } },
      { pipeline: { name: "fan", nodes, edges: [] } },
    ]),
  );
  const main = join(import.meta.dirname, "../src/cli/main.ts");
  const environment = { ...process.env, DOCKER_HOST: daemon.host };
  const ours = await timed(() =>
    command(
      process.execPath,
      [main, "-C", project, "run", "fan", "--fresh", "--environment", "docker", "--jobs", String(jobs)],
      environment,
    ),
  );
  const waiting = [...names];
  const plain = await timed(async () => {
    await Promise.all(
      Array.from({ length: jobs }, async () => {
        while (waiting.pop() !== undefined) await command("docker", dockerRun);
      }),
    );
  });
  console.log(
    `${steps} steps, ${jobs} at a time: headrace ${(ours / 1000).toFixed(1)} s, docker run ${(plain / 1000).toFixed(1)} s: ${(ours / plain).toFixed(2)} ×`,
  );
}

async function command(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, args, { stdio: "ignore", env });
  child.on("error", reject);
  child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))));
  await promise;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(0)}`;
}
