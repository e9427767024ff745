/**
 * Measures the time for which the work of a dead engine lies idle: from SIGKILL to the moment at which another engine
 * drives its run. On the same machine, and as seen from another host (a name space with another host name; files in an
 * S3 store, as hosts share them).
 *
 *     node bench/adoption.ts [--repeat 3]
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type S3Server, s3ServerProblem, startS3Server } from "../src/blobs/s3/fixtures/s3-server.ts";

const COMMAND = join(import.meta.dirname, "../src/cli/main.ts");
const { values } = parseArgs({ options: { repeat: { type: "string", default: "3" } } });
/** Long enough for an engine to have seen the others' beats go on. */
const WATCHED_MS = 7_000;
/** The promise: a dead engine's work is adopted so soon, from another host's view. */
const BUDGET_S = 15;

interface Engine {
  readonly child: ChildProcess;
  /** Resolves when it has printed a notice of the kind. */
  says(kind: string): Promise<void>;
}

const OTHER_HOST = ["unshare", "--uts", "--map-root-user", "sh", "-c", 'hostname another-host && exec "$@"', "sh"];

function startEngine(root: string, env: NodeJS.ProcessEnv, host: readonly string[]): Engine {
  const [program = process.execPath, ...args] = [
    ...host,
    process.execPath,
    COMMAND,
    "engine",
    "--sandbox",
    "off",
    "--json",
  ];
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    for (const listener of listeners) listener();
  });
  return {
    child,
    says: (kind) =>
      new Promise((resolve, reject) => {
        const look = (): void => (output.includes(`"kind":"${kind}"`) ? resolve() : undefined);
        listeners.add(look);
        child.once("exit", () => reject(new Error(`an engine ended before it said ${kind}:\n${output}`)));
        look();
      }),
  };
}

async function adoptionS(env: NodeJS.ProcessEnv, host: readonly string[]): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "headrace-bench-adoption-"));
  const engines: Engine[] = [];
  try {
    writeFileSync(join(root, "valohai.yaml"), '- step: { name: s, image: "", command: "exec sleep 3600" }\n');
    const first = startEngine(root, env, []);
    engines.push(first);
    await first.says("serving");
    const detached = spawnSync(process.execPath, [COMMAND, "run", "s", "--detach", "--json"], {
      cwd: root,
      env,
      encoding: "utf8",
    });
    if (detached.status !== 0) throw new Error(detached.stdout + detached.stderr);
    await first.says("run-taken");
    const second = startEngine(root, env, host);
    engines.push(second);
    await second.says("serving");
    await delay(WATCHED_MS);
    const killedAt = performance.now();
    first.child.kill("SIGKILL");
    await second.says("run-taken");
    return (performance.now() - killedAt) / 1_000;
  } finally {
    spawnSync(process.execPath, [COMMAND, "stop", "latest"], { cwd: root, env });
    for (const { child } of engines) child.kill("SIGTERM");
    await Promise.all(
      engines.map(
        ({ child }) => child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once("exit", resolve)),
      ),
    );
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function measure(
  where: string,
  env: (number: number) => NodeJS.ProcessEnv,
  host: readonly string[],
): Promise<void> {
  const times: number[] = [];
  for (let number = 0; number < Number(values.repeat); number++) times.push(await adoptionS(env(number), host));
  const worst = Math.max(...times);
  const all = times.map((time) => time.toFixed(1)).join(", ");
  console.log(`${where}: ${all} s; the worst is ${(worst / BUDGET_S).toFixed(2)} of the ${BUDGET_S} s allowed`);
}

await measure("on the same machine", () => ({ ...process.env, HEADRACE_DATABASE_URL: "", HEADRACE_BLOBS: "" }), []);
const problem =
  s3ServerProblem() ??
  (spawnSync("unshare", ["--uts", "--map-root-user", "true"]).status === 0 ? undefined : "no name spaces");
if (problem !== undefined) console.log(`as seen from another host: not measured (${problem})`);
else {
  const server: S3Server = await startS3Server();
  const envOf = (number: number): NodeJS.ProcessEnv => {
    return {
      ...process.env,
      ...server.env,
      HEADRACE_DATABASE_URL: "",
      HEADRACE_BLOBS: `s3://${server.bucket}/adoption-${number}`,
    };
  };
  await measure("as seen from another host", envOf, OTHER_HOST);
  await server.stop();
}
