import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { projectRoot } from "../bundle.ts";

export interface ServedFolder extends AsyncDisposable {
  /** Logs a browser in, once. */
  readonly loginUrl: string;
}

/** A server of a folder, after these commands have been carried out there, whether they succeed or not. */
export async function serveFolder(root: string, commands: readonly (readonly string[])[]): Promise<ServedFolder> {
  const headrace = join(projectRoot, "bin/headrace.mjs");
  for (const args of commands) spawnSync(process.execPath, [headrace, ...args], { cwd: root, stdio: "ignore" });
  const server = spawn(process.execPath, [headrace, "serve", "--port", "0", "--json"], {
    ...{ cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  });
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill("SIGTERM");
    await ended;
  };
  for await (const line of createInterface({ input: server.stdout })) {
    const { loginUrl } = JSON.parse(line) as { readonly loginUrl?: string };
    if (loginUrl !== undefined) return { loginUrl, [Symbol.asyncDispose]: stop };
  }
  throw new Error("the server has ended");
}
