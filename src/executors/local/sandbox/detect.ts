import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, SYSTEM_PATH } from "../../../ask-program.ts";
import { callsFile, traceFolder } from "../../../code-tracing/index.ts";
import { executionFolder } from "../../../contract/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { identify } from "../../../machine/index.ts";
import { removeTree } from "../../../remove-tree.ts";
import { findTracer, tracedCommand } from "../call-tracer.ts";
import { readIfThere, type SandboxKind } from "../control-files.ts";
import { type Network, type SandboxPrograms, sandboxCommand } from "./command.ts";
import type { MachineView } from "./confined-build.ts";
import { keyFilterFile } from "./key-filter.ts";
import { buildView, SCRIPT_IN_VIEW, WATCH_IN_VIEW } from "./view.ts";

/** `auto`: one that works here, else none with a warning. `required`: one that works here, else steps are refused. */
export type SandboxChoice = "auto" | "required" | "bubblewrap" | "unshare" | "off";

export interface Sandbox {
  readonly kind: SandboxKind;
  readonly programs: SandboxPrograms;
  /** The reason why there is none, if one was looked for. */
  readonly warning?: string;
}

/** The view and the network that steps are to have in it. */
export interface SandboxNeeds {
  readonly machine: MachineView;
  readonly network: Network;
}

/** Finds the sandbox that works here by really running a step's worth of nothing in it. */
export async function detectSandbox(
  choice: SandboxChoice,
  { machine, network }: SandboxNeeds,
  programs = installedPrograms(),
): Promise<Sandbox> {
  if (choice === "off") return { kind: "none", programs };
  if (process.platform !== "linux")
    return withoutSandbox(choice, programs, ["only Linux has the namespaces that it needs"]);
  const failures: string[] = [];
  const kinds = choice === "auto" || choice === "required" ? (["bubblewrap", "unshare"] as const) : [choice];
  for (const kind of kinds) {
    const failure = await probe(kind, programs, { machine, network }, { layers: false });
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
  if (choice === "required") {
    throw new HeadraceError("HR_SANDBOX", `no sandbox works on this machine (${reasons}), and this server wants one`, {
      hint: "an administrator can install bubblewrap, allow unprivileged user namespaces, or allow steps without a sandbox with `sandbox: off`",
    });
  }
  if (choice !== "auto") {
    throw new HeadraceError("HR_SANDBOX", `the sandbox "${choice}" does not work on this machine (${reasons})`, {
      hint: 'install bubblewrap, allow unprivileged user namespaces, or choose the sandbox "auto" or "off"',
    });
  }
  return {
    kind: "none",
    programs,
    warning: `steps run without a sandbox (${reasons}): they can write anywhere, and /valohai does not exist; use the VH_* variables for paths`,
  };
}

const PROBE_PREFIX = "sandbox-probe-";

/** Messages of bubblewrap and mount for a place of the machine that vanishes between the look at it and its mount. */
const VANISHED = /No such file or directory|Can't (?:find source path|mkdir parents|create file at)|does not exist/;
const MOST_PROBES = 5;

interface ProbeSubject {
  readonly layers: boolean;
  readonly strace?: string;
}

/**
 * Returns what went wrong, or undefined. Tries again with a new look at the machine if a place vanished meanwhile, such
 * as another program's socket: that says nothing of the sandbox, and steps must not go without one for it.
 */
async function probe(
  kind: "bubblewrap" | "unshare",
  programs: SandboxPrograms,
  needs: SandboxNeeds,
  subject: ProbeSubject,
): Promise<string | undefined> {
  for (let left = MOST_PROBES; ; left--) {
    const failure = await probeOnce(kind, programs, needs, subject);
    if (failure === undefined || left <= 1 || !VANISHED.test(failure)) return failure;
  }
}

async function probeOnce(
  kind: "bubblewrap" | "unshare",
  programs: SandboxPrograms,
  { machine, network }: SandboxNeeds,
  { layers, strace }: ProbeSubject,
): Promise<string | undefined> {
  const { stateFolder } = machine;
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  await removeAbandonedProbes(stateFolder);
  const folder = realpathSync.native(mkdtempSync(join(stateFolder, `${PROBE_PREFIX}${process.pid}-`)));
  try {
    const { repository, inputs, outputs, config, control } = executionFolder(folder);
    const notes = traceFolder(folder);
    for (const path of [repository, inputs, outputs, config, control, notes]) mkdirSync(path, { recursive: true });
    const script = join(control, "script");
    writeFileSync(script, "test -e /nowhere || :\n");
    const watch = strace === undefined ? {} : { watch: { module: control, notes } };
    const view = buildView({
      ...machine,
      folder,
      script,
      pythonEnvironment: undefined,
      programs: [],
      mayInstall: layers,
      layers,
      ...watch,
    });
    const tracer = strace === undefined ? [] : tracedCommand(strace, WATCH_IN_VIEW.notes, "/bin/sh");
    const step = { report: "no", command: [...tracer, "/bin/sh", SCRIPT_IN_VIEW], network } as const;
    const command = sandboxCommand(kind, programs, view, { folder, stateFolder }, step);
    const failure =
      typeof command === "string"
        ? command
        : await runProbe(command, keyFilterFile(kind, stateFolder), join(control, "status"));
    if (failure !== undefined || strace === undefined) return failure;
    const log = readIfThere(callsFile(notes)) ?? "";
    return log.includes('"/nowhere"') && log.includes("exit_group(0)")
      ? undefined
      : "it does not write down what a step does";
  } finally {
    await removeTree(folder);
  }
}

/**
 * Returns true if steps can have layers over what installers write to (layers.ts), which is a matter of the kernel and
 * of the disk.
 */
export async function detectLayers(sandbox: Sandbox, needs: SandboxNeeds): Promise<boolean> {
  if (sandbox.kind === "none") return false;
  return (
    (await probe(sandbox.kind === "unshare" ? "unshare" : "bubblewrap", sandbox.programs, needs, { layers: true })) ===
    undefined
  );
}

/** The tracer of system calls that works in this sandbox, if any: strace is installed, and the kernel lets it trace. */
export async function detectTracer(
  sandbox: Sandbox,
  needs: SandboxNeeds,
  choice: string | undefined,
): Promise<string | undefined> {
  const strace = findTracer(choice);
  if (strace === undefined || sandbox.kind === "none") return undefined;
  const kind = sandbox.kind === "unshare" ? "unshare" : "bubblewrap";
  return (await probe(kind, sandbox.programs, needs, { layers: false, strace })) === undefined ? strace : undefined;
}

/** Removes what an engine left that was killed in the middle of its probe. */
async function removeAbandonedProbes(stateFolder: string): Promise<void> {
  for (const name of readdirSync(stateFolder)) {
    if (!name.startsWith(PROBE_PREFIX)) continue;
    const prober = Number(name.slice(PROBE_PREFIX.length).split("-")[0]);
    if ((await identify(prober)) === undefined) await removeTree(join(stateFolder, name));
  }
}

/**
 * Gives the supervisor its three descriptors, as the wrapper would, and wants to hear that the step inside succeeded.
 * The supervisor repeats its last word until it is written: into a pipe whose reader was killed, that would be for
 * ever.
 */
const PROBE_SCRIPT =
  '__hr_status=$1; shift; exec 5>/dev/null 6>/dev/null 7>>"$__hr_status" 1>&7 2>&7 </dev/null; if [ -n "$1" ]; then exec 9<"$1"; fi; shift; "$@"';

function runProbe(command: readonly string[], filter: string, status: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: 10_000, cwd: "/", env: { PATH: SYSTEM_PATH } };
    execFile(
      "/bin/sh",
      ["-c", PROBE_SCRIPT, "headrace", status, filter, ...command],
      options,
      (error, _stdout, stderr) => {
        const said = `${stderr}\n${readIfThere(status) ?? ""}`;
        if (said.includes("headrace: exited 0\n")) return resolve(undefined);
        const own = said.split("\n").filter((line) => line !== "" && !line.startsWith("headrace: "));
        resolve(own[0] ?? `it ended with status ${error?.code ?? 0}`);
      },
    );
  });
}
