import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../../ask-program.ts";
import { HeadraceError } from "../../../errors.ts";
import type { StepTerminal } from "../../executor.ts";
import { MASKING_READER } from "../../step/stream-reader.ts";
import type { Launched, Launcher, LaunchRequest } from "../launcher.ts";
import { WRAPPER_PATH } from "../wrapper-script.ts";
import { RELAY_SCRIPT } from "./relay-script.ts";

/** The processes that a killed Headrace leaves behind may take so long to end by themselves. */
const GRACE_S = 5;
/** The system's own comes first: one that a version manager stands before may not work in every folder. */
const SYSTEM_PYTHONS = ["/usr/bin/python3", "/usr/local/bin/python3"];

/**
 * Starts the wrapper of a step behind a terminal of its own, which shows on the terminal of this process and takes its
 * input (relay-script.ts).
 */
export function openTerminalLauncher(terminal: StepTerminal, searchPath: string): Launcher {
  const python = pythonFor(searchPath);
  return {
    async launch(request) {
      terminal.taken();
      const modes = terminalModes();
      const launched = await startRelay(python, request);
      void launched.ended.then((isOrderly) => {
        // Killed, it could not set the terminal back itself.
        if (!isOrderly && modes !== undefined) stty(modes);
        terminal.returned();
      });
      return launched;
    },
    async [Symbol.asyncDispose]() {},
  };
}

function terminalModes(): string | undefined {
  return stty("-g")?.trim();
}

function stty(argument: string): string | undefined {
  const { status, stdout } = spawnSync("/bin/stty", [argument], {
    stdio: ["inherit", "pipe", "ignore"],
    encoding: "utf8",
  });
  return status === 0 ? stdout : undefined;
}

function startRelay(python: string, request: LaunchRequest): Promise<Launched> {
  const { promise, resolve, reject } = Promise.withResolvers<Launched>();
  const { promise: ended, resolve: end } = Promise.withResolvers<boolean>();
  const logs = request.logs ?? request.folder;
  const log = join(logs, "stdout");
  const { secretNames = [] } = request;
  const perl = secretNames.length === 0 ? undefined : findProgram("perl", WRAPPER_PATH);
  const reader = perl === undefined ? [] : [perl, "-e", MASKING_READER, logs, ...secretNames];
  const relay = ["-I", "-S", "-c", RELAY_SCRIPT, log, request.folder, String(GRACE_S), String(reader.length)];
  // The last one ends with this process, however that ends.
  const child = spawn(python, [...relay, ...reader, request.program, ...request.arguments], {
    cwd: "/",
    env: { ...request.environment },
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
  child.once("spawn", () => resolve({ pid: child.pid ?? 0, ended, hasTerminal: true }));
  child.once("error", (error) => {
    end(false);
    reject(
      new HeadraceError("HR_STEP_START", `the step cannot be started on the terminal: ${error.message}`, {
        hint: `check that ${python} works`,
      }),
    );
  });
  // Killed, it has not seen the end of what it started.
  child.once("exit", (code) => end(code === 0));
  return promise;
}

function pythonFor(searchPath: string): string {
  if (process.platform !== "linux") {
    throw new HeadraceError("HR_NOT_SUPPORTED", "a step can be worked with on a terminal only on Linux", {
      hint: ["run it without ", { do: "set", option: "interactive" }],
    });
  }
  const python = SYSTEM_PYTHONS.find((path) => existsSync(path)) ?? findProgram("python3", searchPath);
  if (python !== undefined) return python;
  throw new HeadraceError(
    "HR_STEP_START",
    "a step on the terminal needs python3, which is not installed on this machine",
    {
      hint: "install python3 (its standard library is enough)",
    },
  );
}
