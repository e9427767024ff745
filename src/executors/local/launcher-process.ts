/**
 * The helper process of launcher.ts. It imports next to nothing, to stay small: a fork costs by the parent's memory.
 */
import { spawn } from "node:child_process";
import { closeInheritedDescriptors } from "../../inherited-descriptors.ts";
import { keepArrivals } from "../../log-arrivals.ts";
import type { FromLauncher, ToLauncher } from "./launcher.ts";

// Closes all descriptors that the engine may still hold of its caller's.
closeInheritedDescriptors();

function send(message: FromLauncher): void {
  // The engine may have died this instant; the step goes on without either of us.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** The logs of what runs, and what ends the noting of them once the engine has gone. */
const running = new Map<number, string>();
const noted = new Map<number, () => void>();

function launch(request: ToLauncher): void {
  const { id } = request;
  const child = spawn(request.program, request.arguments, {
    cwd: request.folder,
    env: { ...request.environment },
    detached: true,
    stdio: "ignore",
  });
  child.once("error", (error: NodeJS.ErrnoException) =>
    send({ kind: "failed", id, code: error.code ?? "unknown", message: error.message }),
  );
  child.once("spawn", () => send({ kind: "started", id, pid: child.pid ?? 0 }));
  const { logs } = request;
  if (logs !== undefined) running.set(id, logs);
  child.once("exit", () => {
    running.delete(id);
    noted.get(id)?.();
    send({ kind: "ended", id });
  });
}

process.on("message", (message) => {
  try {
    launch(message as ToLauncher);
  } catch (error) {
    // spawn() itself throws for arguments that cannot be passed on.
    const { id } = message as ToLauncher;
    send({ kind: "failed", id, code: "unknown", message: error instanceof Error ? error.message : String(error) });
  }
});
process.on("disconnect", () => {
  if (running.size === 0) process.exit(0);
  for (const [id, logs] of running) noted.set(id, keepArrivals(logs));
});
