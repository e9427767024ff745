import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executionFolder } from "../../../contract/index.ts";
import { HeadraceError } from "../../../errors.ts";
import type { SandboxKind } from "../control-files.ts";
import { findProgram } from "../step-script.ts";
import { type SandboxPrograms, sandboxCommand } from "./command.ts";
import { buildView, SCRIPT_IN_VIEW } from "./view.ts";

export type SandboxChoice = "auto" | "bubblewrap" | "unshare" | "off";

export interface Sandbox {
  readonly kind: SandboxKind;
  readonly programs: SandboxPrograms;
  /** Why there is none, when one was looked for. */
  readonly warning?: string;
}

// The user's own PATH may lack the sbin folders, and may name programs that he made himself.
const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/run/current-system/sw/bin";

/** Finds the sandbox that works here by really running a step's worth of nothing in it. */
export async function detectSandbox(choice: SandboxChoice, stateFolder: string, programs = installedPrograms()): Promise<Sandbox> {
  if (choice === "off") return { kind: "none", programs };
  if (process.platform !== "linux") return withoutSandbox(choice, programs, ["only Linux has the namespaces that it needs"]);
  const failures: string[] = [];
  for (const kind of choice === "auto" ? (["bubblewrap", "unshare"] as const) : [choice]) {
    const failure = await probe(kind, programs, stateFolder);
    if (failure === undefined) return { kind, programs };
    failures.push(`${kind}: ${failure}`);
  }
  return withoutSandbox(choice, programs, failures);
}

function installedPrograms(): SandboxPrograms {
  return {
    bubblewrap: findProgram("bwrap", SYSTEM_PATH),
    unshare: findProgram("unshare", SYSTEM_PATH),
    setpriv: findProgram("setpriv", SYSTEM_PATH),
    setsid: findProgram("setsid", SYSTEM_PATH),
  };
}

function withoutSandbox(choice: SandboxChoice, programs: SandboxPrograms, failures: readonly string[]): Sandbox {
  const reasons = failures.join("; ");
  if (choice !== "auto") {
    throw new HeadraceError("HR_SANDBOX", `the sandbox "${choice}" does not work on this machine (${reasons})`, {
      hint: 'Install bubblewrap, allow unprivileged user namespaces, or choose the sandbox "auto" or "off".',
    });
  }
  return {
    kind: "none",
    programs,
    warning: `steps run without a sandbox (${reasons}): they can write anywhere, and /valohai does not exist; use the VH_* variables for paths`,
  };
}

/** What went wrong, or undefined. */
async function probe(kind: "bubblewrap" | "unshare", programs: SandboxPrograms, stateFolder: string): Promise<string | undefined> {
  mkdirSync(stateFolder, { recursive: true });
  const folder = mkdtempSync(join(stateFolder, "sandbox-probe-"));
  try {
    const { repository, inputs, outputs, config, control } = executionFolder(folder);
    for (const path of [repository, inputs, outputs, config, control]) mkdirSync(path, { recursive: true });
    const script = join(control, "script");
    writeFileSync(script, ":\n");
    const view = buildView({
      folder,
      script,
      stateFolder,
      projectRoot: stateFolder,
      pythonEnvironment: undefined,
      cache: undefined,
      searchPath: SYSTEM_PATH,
      home: undefined,
      shownSecrets: [],
    });
    const command = sandboxCommand(kind, programs, view, folder, { report: "no", command: ["/bin/sh", SCRIPT_IN_VIEW] });
    return typeof command === "string" ? command : await runProbe(command);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives the supervisor its three descriptors, as the wrapper would, and wants to hear that the step inside succeeded. */
const PROBE_SCRIPT = 'exec 5>/dev/null 6>/dev/null 7>&1 </dev/null; "$@"';

function runProbe(command: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      "/bin/sh",
      ["-c", PROBE_SCRIPT, "headrace", ...command],
      { timeout: 10_000, env: { PATH: SYSTEM_PATH } },
      (error, stdout, stderr) => {
        if (stdout.includes("headrace: exited 0\n")) return resolve(undefined);
        const said = [...stderr.split("\n"), ...stdout.split("\n")].filter((line) => line !== "" && !line.startsWith("headrace: "));
        resolve(said[0] ?? `it ended with status ${error?.code ?? 0}`);
      },
    );
  });
}
