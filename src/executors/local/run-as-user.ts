/** Runs one job in a process of its own, which a test starts as another user. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobSpec } from "../executor.ts";
import { openLocalExecutor } from "./local-executor.ts";
import type { SandboxChoice } from "./sandbox/detect.ts";

const { variant, home, job } = JSON.parse(process.argv[2] ?? "") as {
  variant: SandboxChoice;
  home: string;
  job: JobSpec;
};
const executor = await openLocalExecutor({
  stateFolder: join(home, ".headrace"),
  projectRoot: home,
  sandbox: variant,
  baseEnvironment: { HOME: home, PATH: "/usr/bin:/bin" },
});
const preparation = await executor.prepare(job, () => undefined, new AbortController().signal);
const end = await (await executor.start(job, preparation)).ended;
const log = readFileSync(join(job.folder, "logs/stdout"), "utf8");
await executor.forget(job);
await executor[Symbol.asyncDispose]();
console.log(JSON.stringify({ facts: preparation.facts, end, log }));
