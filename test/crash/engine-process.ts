import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The moment at which a command is killed. */
export type Kill =
  | { readonly kind: "point"; readonly point: string; readonly count: number }
  | { readonly kind: "time"; readonly afterMs: number };

export interface CommandEnd {
  readonly killed: boolean;
  readonly code: number | null;
  readonly output: string;
}

export interface CommandCall {
  /** The bundled command with fault points in it. */
  readonly program: string;
  readonly root: string;
  readonly args: readonly string[];
  readonly kill?: Kill | undefined;
  readonly environment?: Readonly<Record<string, string>>;
}

/** No command of a round takes this long, on however slow a machine: it hangs. */
const HANG_MS = 120_000;

/** A command under way. */
export interface Command {
  readonly end: Promise<CommandEnd>;
  /** Resolves when it has printed the text, or has ended. */
  prints(text: string): Promise<void>;
  interrupt(): void;
}

/** Runs the command in a round's project, to its end or to its death. */
export async function runCommand(call: CommandCall): Promise<CommandEnd> {
  return await startCommand(call).end;
}

export function startCommand({ program, root, args, kill, environment }: CommandCall): Command {
  const { promise, resolve, reject } = Promise.withResolvers<CommandEnd>();
  const child = spawn(process.execPath, [program, ...args], {
    cwd: join(root, "project"),
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      // The one folder outside of its own that a step may write to.
      XDG_CACHE_HOME: join(root, "cache"),
      HEADRACE_STEP_CACHE: join(root, "cache"),
      HEADRACE_GRACE_S: "0.3",
      ...(kill?.kind === "point" ? { HEADRACE_TEST_KILL_AT: `${kill.point}:${kill.count}` } : {}),
      ...environment,
    },
  });
  let output = "";
  const printed = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const look of printed) look();
    });
  }
  child.on("error", reject);
  child.on("close", (code, signal) => resolve({ killed: signal === "SIGKILL", code, output }));
  const over = new AbortController();
  const wait = (ms: number): Promise<void> =>
    delay(ms, undefined, { signal: over.signal }).then(() => void child.kill("SIGKILL"));
  if (kill?.kind === "time") wait(kill.afterMs).catch(() => undefined);
  wait(HANG_MS)
    .then(() => reject(new Error(`headrace ${args.join(" ")} has not ended after ${HANG_MS / 1000} s:\n${output}`)))
    .catch(() => undefined);
  const end = promise.finally(() => over.abort());
  return {
    end,
    async prints(text) {
      const seen = Promise.withResolvers<void>();
      const look = (): void => (output.includes(text) ? seen.resolve() : undefined);
      printed.add(look);
      look();
      await Promise.race([seen.promise, end]);
      printed.delete(look);
    },
    interrupt: () => void child.kill("SIGTERM"),
  };
}
