import { type ChildProcess, fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Advice } from "../../advice.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { replacedProgram } from "../../program-files.ts";

/** A process to be started: detached, in its own session, with nothing connected to it. */
export interface LaunchRequest {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The folder of its logs: the time of what came is noted there as long as no engine is there to do so. */
  readonly logs?: string;
  /** Those of its variables that are not to stand in its log. */
  readonly secretNames?: readonly string[];
}

export interface Launched {
  readonly pid: number;
  /** Resolves when the process has ended: true if that was seen, false if whoever watched it is gone. */
  readonly ended: Promise<boolean>;
  /** It has the step's terminal, which goes with it: the step cannot go on without. */
  readonly hasTerminal?: true;
}

/** Starts processes that outlive their starter. */
export interface Launcher extends AsyncDisposable {
  launch(request: LaunchRequest): Promise<Launched>;
}

export type ToLauncher = LaunchRequest & { readonly id: number };
export type FromLauncher =
  | { readonly kind: "started"; readonly id: number; readonly pid: number }
  | { readonly kind: "failed"; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: "ended"; readonly id: number };

/** Spawns from this very process: right for small programs; see `openHelperLauncher` for why not for the engine. */
export function openDirectLauncher(): Launcher {
  return {
    async launch(request) {
      const { promise, resolve, reject } = Promise.withResolvers<Launched>();
      const { promise: ended, resolve: end } = Promise.withResolvers<boolean>();
      const child = spawnDetached(request);
      child.once("error", (error) => reject(startFailure(request, systemErrorCode(error) ?? "unknown", error.message)));
      child.once("spawn", () => resolve({ pid: child.pid ?? 0, ended }));
      child.once("exit", () => end(true));
      return promise;
    },
    async [Symbol.asyncDispose]() {},
  };
}

export function spawnDetached(request: LaunchRequest): ChildProcess {
  return spawn(request.program, request.arguments, {
    cwd: request.folder,
    env: { ...request.environment },
    detached: true,
    stdio: "ignore",
  });
}

interface Pending {
  readonly request: LaunchRequest;
  readonly started: PromiseWithResolvers<Launched>;
  readonly ended: PromiseWithResolvers<boolean>;
}

/**
 * Spawns through a lean helper process, started at the first launch. Node forks, and a fork costs by the resident
 * memory of the parent, with its event loop blocked meanwhile; the helper stays small whatever the engine holds
 * (figures: bench/spawn.ts). When this process ends, it stays until what it started has ended, to note when which
 * output came (log-arrivals.ts); it ends at once where there is nothing to note.
 */
export function openHelperLauncher(): Launcher {
  let helper: ChildProcess | undefined;
  let nextId = 1;
  const pending = new Map<number, Pending>();

  const settle = (id: number): void => {
    pending.delete(id);
    if (pending.size === 0) helper?.channel?.unref();
  };
  const receive = (message: FromLauncher): void => {
    const entry = pending.get(message.id);
    if (entry === undefined) return;
    if (message.kind === "started") entry.started.resolve({ pid: message.pid, ended: entry.ended.promise });
    else if (message.kind === "failed")
      entry.started.reject(startFailure(entry.request, message.code, message.message));
    else entry.ended.resolve(true);
    if (message.kind !== "started") settle(message.id);
  };
  const helperGone = (): void => {
    helper = undefined;
    for (const [id, entry] of pending) {
      pending.delete(id);
      const gone = new Error("the helper process that starts steps has ended");
      entry.started.reject(replacedProgram(gone) ?? startFailure(entry.request, "EPIPE", gone.message));
      entry.ended.resolve(false);
    }
  };
  const startHelper = (): ChildProcess => {
    const started = forkHelper();
    started.on("message", receive);
    started.once("error", helperGone);
    started.once("exit", helperGone);
    return started;
  };

  return {
    launch(request) {
      helper ??= startHelper();
      const id = nextId++;
      const entry: Pending = { request, started: Promise.withResolvers(), ended: Promise.withResolvers() };
      pending.set(id, entry);
      helper.channel?.ref();
      const message: ToLauncher = { id, ...request };
      helper.send(message, (error) => {
        if (error === null) return;
        const gone = new Error(error.message);
        entry.started.reject(
          replacedProgram(gone) ?? startFailure(request, systemErrorCode(error) ?? "EPIPE", gone.message),
        );
        settle(id);
      });
      return entry.started.promise;
    },
    async [Symbol.asyncDispose]() {
      if (helper === undefined) return;
      const gone = new Promise((resolve) => helper?.once("exit", resolve));
      // It stays for what runs on.
      const stays = pending.size > 0;
      if (!stays) helper.ref();
      helper.disconnect();
      if (!stays) await gone;
    },
  };
}

function forkHelper(): ChildProcess {
  const entry = new URL(
    import.meta.url.endsWith(".ts") ? "./launcher-process.ts" : "./launcher-process.js",
    import.meta.url,
  );
  const helper = fork(fileURLToPath(entry), [], {
    // Its own session: Ctrl-C in the engine's terminal is the engine's to handle.
    detached: true,
    execArgv: [],
    env: {},
    cwd: "/",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  helper.unref();
  return helper;
}

function startFailure(request: LaunchRequest, code: string, message: string): HeadraceError {
  return new HeadraceError("HR_STEP_START", `the step's process cannot be started in ${request.folder}: ${message}`, {
    hint: startHint(code),
  });
}

function startHint(code: string): Advice {
  if (code === "EAGAIN" || code === "ENOMEM")
    return [
      "the machine has no room for another process; run fewer steps at a time (",
      { do: "set", option: "jobs" },
      "), or raise the limit (ulimit -u)",
    ];
  if (code === "E2BIG") return "the environment variables are too large together; pass long values as input files";
  if (code === "ENOENT") return "check that /bin/sh and the execution's folder exist";
  return ["try again; if it stays so, run with ", { do: "set", option: "debug" }, " and report it"];
}
