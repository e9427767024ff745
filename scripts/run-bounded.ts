import { spawn } from "node:child_process";

/** The end of a program that was given a time limit: an exit code (null for a signal), or its limit. */
export interface BoundedEnd {
  readonly status: number | null;
  readonly isOverdue: boolean;
}

/**
 * Runs a program in a process group of its own, and ends the whole group with it. Processes that a test leaves behind
 * would otherwise keep this command's output open, so that whoever reads it waits for good. Signals that would end this
 * process end the group as well.
 */
export async function runBounded(command: string, args: readonly string[], limitMs: number): Promise<BoundedEnd> {
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });
  const endGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // Nobody is left in it.
    }
  };
  let isOverdue = false;
  const limit = setTimeout(() => {
    isOverdue = true;
    endGroup();
  }, limitMs);
  const interrupt = (signal: NodeJS.Signals): void => {
    endGroup();
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
  try {
    const status = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("exit", resolve));
    return { status, isOverdue };
  } finally {
    clearTimeout(limit);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeListener(signal, interrupt);
    endGroup();
  }
}
