import type { Executor } from "../executor.ts";
import type { DockerPresence } from "./docker-answers.ts";
import type { DockerExecutorOptions } from "./docker-executor.ts";

/** Loads Docker's client when a step needs it, and not before. */
export async function openDockerExecutor(options: DockerExecutorOptions): Promise<Executor> {
  const { DockerExecutor } = await import("./docker-executor.ts");
  return new DockerExecutor(options);
}

/** Whether a container engine of this machine can be used: a socket and a ping, once per process. */
export async function dockerPresence(host: string | undefined, env: Readonly<Record<string, string | undefined>>): Promise<DockerPresence> {
  const { pingEngine } = await import("./docker-answers.ts");
  return await pingEngine(host, env);
}
