import { mkdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { findProgram } from "../../ask-program.ts";
import { traceFolder } from "../../code-tracing/index.ts";
import { type ExecutionFolder, executionFolder, keepLog } from "../../contract/index.ts";
import { parseShown } from "../../credential-places.ts";
import { HeadraceError } from "../../errors.ts";
import { homeFolder } from "../../home-folders.ts";
import { MachineFacts } from "../../machine/index.ts";
import { removeTree } from "../../remove-tree.ts";
import { checkDevices, DeviceList, deviceSigns, deviceVariables } from "../devices/device-list.ts";
import type {
  Device,
  Executor,
  ExecutorCapabilities,
  ExecutorHealth,
  JobSpec,
  Preparation,
  RunningJob,
  StepSurroundings,
} from "../executor.ts";
import { ensurePythonEnvironment, interpreterBehind } from "../python/environment.ts";
import { environmentPlace, environmentsFolder } from "../python/environment-place.ts";
import { checkVariables, namingFiles, passedOn, stepEnvironment } from "../step/step-environment.ts";
import { type StepScript, stepScript } from "../step/step-script.ts";
import { checkSecrets, requirePerl } from "../step/step-secrets.ts";
import { LocalSurroundings } from "../surroundings/surroundings.ts";
import { canBeTraced, keepLogShort, tracedCommand } from "./call-tracer.ts";
import {
  type ControlFiles,
  controlFiles,
  readExit,
  readWrapper,
  removeUnfinished,
  trimStatus,
  writeScript,
} from "./control-files.ts";
import { type Launcher, openHelperLauncher } from "./launcher.ts";
import { leadsIntoProject } from "./leads-into-project.ts";
import type { GroupHost } from "./limits/cgroups.ts";
import { detectGroups } from "./limits/detect-limits.ts";
import { ceilingOf, countsBefore, forgetLimits, limitKindOf, limitStep, limitWarning } from "./limits/step-limits.ts";
import { followJob } from "./running-job.ts";
import { RunningMark } from "./running-mark.ts";
import { closedHomes, stepHome } from "./sandbox/closed-homes.ts";
import { type Network, networkCannotBeKept, sandboxCommand } from "./sandbox/command.ts";
import { confineBuild, type MachineView } from "./sandbox/confined-build.ts";
import { detectLayers, detectSandbox, detectTracer, type Sandbox, type SandboxChoice } from "./sandbox/detect.ts";
import { keptCaches } from "./sandbox/kept-caches.ts";
import { keyFilterFile } from "./sandbox/key-filter.ts";
import { MachineLook } from "./sandbox/machine-look.ts";
import { mayInstall } from "./sandbox/may-install.ts";
import { noteProject } from "./sandbox/note-project.ts";
import { registerOf } from "./sandbox/other-projects.ts";
import { type RecordedProject, recordProject } from "./sandbox/recorded-project.ts";
import {
  buildView,
  isProjectShown,
  type PlacedFolder,
  SCRIPT_IN_VIEW,
  scratchFolder,
  VALOHAI_IN_VIEW,
  WATCH_IN_VIEW,
} from "./sandbox/view.ts";
import { type BegunJob, lastSetUp, nextSetUp, setUpAgain } from "./set-up-again.ts";
import { shieldVariables } from "./shielded-variables.ts";
import { openTerminalLauncher } from "./terminal/terminal-launcher.ts";
import { unsandboxedCommand } from "./unsandboxed-command.ts";
import { type StartedWatch, startWatch } from "./watch.ts";
import { proxyWarning } from "./without-passwords.ts";
import { WRAPPER_PATH, wrapperFor } from "./wrapper-script.ts";

/**
 * The place where a step may install packages: nowhere in particular, in layers over what the machine has, in its home
 * alone.
 */
type Installs = "no" | "layers" | "home";

export interface LocalExecutorOptions {
  /** `<project>/.headrace`: hidden from sandboxed steps. */
  readonly stateFolder: string;
  /** A folder around it that is hidden as a whole; absent: there is none. */
  readonly hiddenFolder?: string | undefined;
  readonly projectRoot: string;
  /**
   * `auto`: bubblewrap, else unshare, else none with a warning, or with `required` an error. Naming one makes its
   * absence an error.
   */
  readonly sandbox: SandboxChoice;
  /** `none`: steps reach no network; where no sandbox works, they are refused. All of it unless said otherwise. */
  readonly network?: Network;
  /** Places that steps see although they are closed, as `HEADRACE_STEPS_SEE` names them. */
  readonly shows?: readonly string[];
  /** The environment of Headrace itself; steps get an allow-list of it (step-environment.ts). */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  /** Tells which steps of this user run on this machine, whatever the project (running-mark.ts). */
  readonly runningFolder?: string | undefined;
  /** The facts that are known of this machine; absent: the executor keeps those that it finds out. */
  readonly machine?: MachineFacts;
  /** Starts processes; a helper process unless said otherwise. */
  readonly launcher?: Launcher;
}

/** The executor of this machine: a step is a process in its own session and, where possible, its own sandbox. */
export async function openLocalExecutor(options: LocalExecutorOptions): Promise<Executor> {
  mkdirSync(options.stateFolder, { recursive: true, mode: 0o700 });
  noteProject(options.hiddenFolder ?? options.stateFolder, options.baseEnvironment);
  return new LocalExecutor({
    ...options,
    stateFolder: realpathSync.native(options.stateFolder),
    hiddenFolder: realpathSync.native(options.hiddenFolder ?? options.stateFolder),
    projectRoot: realpathSync.native(options.projectRoot),
  });
}

class LocalExecutor implements Executor {
  readonly name = "local";
  readonly capabilities: ExecutorCapabilities;
  readonly #options: LocalExecutorOptions;
  readonly #launcher: Launcher;
  readonly #surroundings: LocalSurroundings;
  readonly #devices: DeviceList;
  #sandbox: Promise<Sandbox> | undefined;
  #tracer: Promise<string | undefined> | undefined;
  #layers: Promise<boolean> | undefined;
  #groups: Promise<GroupHost | undefined> | undefined;
  readonly #warned = new Set<string>();
  #hasWarnedOfImages = false;
  readonly #running: RunningMark;
  readonly #look = new MachineLook();
  readonly #facts: MachineFacts;

  constructor(options: LocalExecutorOptions) {
    this.#options = options;
    this.#facts = options.machine ?? new MachineFacts();
    this.capabilities = { sharedFilesystem: true, images: false, terminals: true, network: this.#network };
    this.#launcher = options.launcher ?? openHelperLauncher();
    this.#running = new RunningMark(options.runningFolder);
    this.#devices = new DeviceList(deviceSigns(options.baseEnvironment));
    this.#surroundings = new LocalSurroundings(options.baseEnvironment, homeFolder(options.baseEnvironment) ?? "/");
  }

  async health(): Promise<ExecutorHealth> {
    try {
      const { kind, warning } = await this.#detect();
      return { healthy: true, details: { sandbox: kind, ...(warning === undefined ? {} : { warning }) } };
    } catch (error) {
      if (!(error instanceof HeadraceError)) throw error;
      const { hint } = error.advice;
      return { healthy: false, reason: error.message, ...(hint === undefined ? {} : { hint }) };
    }
  }

  surroundings(step: StepSurroundings): Readonly<Record<string, string>> {
    return this.#surroundings.of(step);
  }

  listDevices(kind: string, variables: Readonly<Record<string, string>>): Promise<readonly Device[] | undefined> {
    return this.#devices.of(kind, { ...this.#options.baseEnvironment, ...variables });
  }

  async prepare(job: JobSpec, report: (detail: string) => void, signal: AbortSignal): Promise<Preparation> {
    checkVariables(job.environment);
    checkSecrets(job);
    requirePerl(job, () => findProgram("perl", WRAPPER_PATH));
    const sandbox = await this.#detect();
    if (sandbox.kind === "none" && this.#network === "none") throw networkCannotBeKept();
    const ceiling = ceilingOf(job.resources);
    const limits = ceiling === undefined ? undefined : limitKindOf(await this.#limitsOf(job), ceiling);
    const limitsNotKept = ceiling === undefined || limits === undefined ? undefined : limitWarning(limits, ceiling);
    const visible = { ...this.#options.baseEnvironment, ...job.environment };
    const sharesDevices = await checkDevices(this.#devices, job.resources?.devices ?? {}, visible);
    const image = this.#imageWarning(job.image);
    const proxies = proxyWarning(passedOn(this.#options.baseEnvironment), this.#options.baseEnvironment);
    const warnings = [sandbox.warning, image, limitsNotKept, sharesDevices, proxies].filter(
      (text) => text !== undefined,
    );
    const facts: Record<string, string> = {
      sandbox: sandbox.kind,
      ...(limits === undefined ? {} : { limits }),
      ...(job.terminal === undefined ? {} : { terminal: "yes" }),
    };
    if (job.python !== undefined) {
      const confinement = { sandbox, machine: this.#machine(), runningMark: await this.#running.forWrapper() };
      const built = await ensurePythonEnvironment({
        folder: this.#environments(),
        stateFolder: this.#options.stateFolder,
        repository: executionFolder(job.folder).repository,
        python: job.python,
        passedOn: passedOn(this.#options.baseEnvironment),
        base: this.#options.baseEnvironment,
        step: job.environment,
        keepFailure: (output) => keepLog(executionFolder(job.folder), output, Date.now()),
        machine: this.#facts,
        report,
        signal,
        ...(sandbox.kind === "none" ? {} : { confine: (place) => confineBuild(confinement, place) }),
      });
      facts.pythonEnvironment = built.hash;
      facts.pythonVersion = built.version;
    }
    const valohaiRoot =
      sandbox.kind === "none" ? executionFolder(realpathSync.native(job.folder)).valohai : VALOHAI_IN_VIEW;
    const surroundings = this.surroundings({ ...job, variables: job.environment });
    return { valohaiRoot, facts, surroundings, warnings: warnings.filter((text) => this.#firstTime(text)) };
  }

  async start(job: JobSpec, preparation: Preparation): Promise<RunningJob> {
    const { control } = executionFolder(realpathSync.native(resolve(job.folder)));
    let last = lastSetUp(control);
    const first = this.#begun(job, last) ?? (await this.#launch(job, preparation, last));
    // The engine that made the terminal has closed it.
    if (job.terminal !== undefined) return first.running;
    return setUpAgain(first, () => {
      const next = nextSetUp(control, last);
      if (next === undefined) return undefined;
      last = next;
      this.#look.forget();
      return this.#launch(job, preparation, next);
    });
  }

  /** `control` is where the control files of this try go. */
  async #launch(job: JobSpec, preparation: Preparation, control: string): Promise<BegunJob> {
    const folder = prepareFolder(job);
    if (control !== folder.control) mkdirSync(control, { recursive: true });
    const files = controlFiles(control);
    const sandbox = await this.#detect();
    const hash = preparation.facts.pythonEnvironment;
    const sandboxed = sandbox.kind !== "none";
    const pythonEnvironment = hash === undefined ? undefined : environmentPlace(this.#environments(), hash, sandboxed);
    const installs = await this.#installs(sandbox, job, folder.valohai);
    const home = homeFolder(this.#options.baseEnvironment);
    const ownHome = this.#look.ask(stepHome, home);
    const environment = stepEnvironment({
      executionId: job.executionId,
      base: { ...this.#options.baseEnvironment, ...homeVariable(home, sandboxed, ownHome) },
      own: job.environment,
      valohai: sandboxed ? VALOHAI_IN_VIEW : folder.valohai,
      sandboxed: sandboxed,
      ownHome: sandboxed && ownHome !== undefined,
      layers: installs === "layers",
      pythonEnvironment: pythonEnvironment?.path,
      cpuMax: job.resources?.cpuMax,
      onTerminal: job.terminal !== undefined,
    });
    Object.assign(environment, deviceVariables(preparation.devices ?? {}));
    const { secrets = {} } = job;
    const secretNames = Object.keys(secrets);
    checkVariables({ ...environment, ...secrets });
    const searchPath = environment.PATH ?? "";
    const recorded = sandboxed ? this.#recordedProject(job, environment) : undefined;
    const bash =
      this.#look.ask(findProgram, "bash", searchPath) ?? this.#look.ask(findProgram, "bash", "/usr/bin:/bin");
    const script = stepScript(job, bash);
    writeScript(files, script.text);
    const repository = join(sandboxed ? VALOHAI_IN_VIEW : folder.valohai, "repository");
    const cacheFolder = join(this.#options.stateFolder, "cache");
    const { projectRoot, baseEnvironment } = this.#options;
    const launcher =
      job.terminal === undefined ? this.#launcher : openTerminalLauncher(job.terminal, baseEnvironment.PATH ?? "");
    // A command that a person types gives no result to be used again: there is no need to know what the step read.
    const mayTrace = job.terminal === undefined && job.traceCode !== false && canBeTraced(job.command);
    const watch = await startWatch({
      ...{ look: this.#look, machine: this.#facts },
      ...{ folder, command: job.command, environment, repository },
      ...{ sandboxed, projectRoot, cacheFolder, pythonEnvironment },
      ownOfProject: recorded?.own,
      keptCache: sandboxed ? this.#machine().kept?.path : undefined,
      tracer: mayTrace ? await this.#findTracer() : undefined,
      searchPath: baseEnvironment.PATH ?? "",
      interpreter: pythonEnvironment === undefined ? undefined : interpreterBehind(pythonEnvironment.source),
    });
    const shielded = shieldVariables(watch.environment);
    const started = [...shielded.prefix, ...script.interpreter];
    const traced = watch.tracer === undefined ? [] : tracedCommand(watch.tracer, WATCH_IN_VIEW.notes, started[0] ?? "");
    const interpreter = [...traced, ...started];
    const command = sandboxed
      ? this.#boxedCommand(
          sandbox,
          { ...script, interpreter },
          { folder: folder.root, files, recorded, pythonEnvironment, watch, installs },
        )
      : [...this.#look.ask(unsandboxedCommand, []), reportFlag(script), ...interpreter, files.script];
    const limited = limitStep(job, await this.#limitsOf(job));
    const memory = countsBefore(job.folder, this.#facts);
    const launched = await launcher.launch({
      program: "/bin/sh",
      arguments: [
        ...(await this.#wrapper(secretNames, { control, logs: folder.logs, sandbox })),
        ...limited,
        ...command,
      ],
      folder: folder.repository,
      environment: { ...shielded.environment, ...secrets },
      logs: folder.logs,
      secretNames,
    });
    const running = followJob(job, files, { machine: this.#facts, own: { launched, sandboxed, memory } });
    if (watch.tracer !== undefined) keepLogShort(traceFolder(folder.root), running.ended);
    return { files, running };
  }

  async #wrapper(
    secretNames: readonly string[],
    { control, logs, sandbox }: { readonly control: string; readonly logs: string; readonly sandbox: Sandbox },
  ): Promise<readonly string[]> {
    const filter = this.#look.ask(keyFilterFile, sandbox.kind, this.#options.stateFolder);
    const running = await this.#running.forWrapper();
    const words = [control, logs, sandbox.kind, running, filter, secretNames.join(" ")];
    return ["-c", wrapperFor(secretNames), "headrace", ...words];
  }

  async attach(job: JobSpec): Promise<RunningJob | undefined> {
    return this.#begun(job, lastSetUp(executionFolder(job.folder).control))?.running;
  }

  #begun(job: JobSpec, control: string): BegunJob | undefined {
    const files = controlFiles(control);
    if (readExit(files) === undefined && readWrapper(files).kind === "absent") return undefined;
    const running = followJob(job, files, { machine: this.#facts });
    keepLogShort(traceFolder(job.folder), running.ended);
    return { files, running };
  }

  nobodyElseRuns(): boolean {
    return this.#running.nobodyRuns();
  }

  async forget(job: Pick<JobSpec, "folder">): Promise<void> {
    await removeTree(scratchFolder(job.folder));
    await removeTree(traceFolder(job.folder));
    const { control } = executionFolder(job.folder);
    removeUnfinished(control);
    trimStatus(controlFiles(lastSetUp(control)));
    await forgetLimits(job.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#launcher[Symbol.asyncDispose]();
  }

  get #network(): Network {
    return this.#options.network ?? "host";
  }

  /** Looked for with both limits, so that the answer holds for every step. */
  async #limitsOf(job: JobSpec): Promise<GroupHost | undefined> {
    if (ceilingOf(job.resources) === undefined) return undefined;
    this.#groups ??= detectGroups({ cpu: 1, memoryMb: 64 });
    return this.#groups;
  }

  /** Returns the folder of this user's Python environments, of all projects. */
  #environments(): string {
    const { baseEnvironment: base, stateFolder } = this.#options;
    return environmentsFolder(base, homeFolder(base), stateFolder);
  }

  /** Layers cost as much as the rest of a start: only steps get them that may need them. */
  async #installs(sandbox: Sandbox, job: JobSpec, valohai: string): Promise<Installs> {
    const choice = this.#options.baseEnvironment.HEADRACE_STEP_LAYERS;
    const may = choice === "always" || mayInstall({ command: job.command, variables: job.environment, valohai });
    if (sandbox.kind === "none" || !may) return "no";
    this.#layers ??= detectLayers(sandbox, { machine: this.#machine(), network: this.#network });
    return choice !== "never" && (await this.#layers) ? "layers" : "home";
  }

  #findTracer(): Promise<string | undefined> {
    const needs = { machine: this.#machine(), network: this.#network };
    this.#tracer ??= this.#detect().then((sandbox) =>
      detectTracer(sandbox, needs, this.#options.baseEnvironment.HEADRACE_TRACER),
    );
    return this.#tracer;
  }

  #detect(): Promise<Sandbox> {
    this.#sandbox ??= detectSandbox(this.#options.sandbox, { machine: this.#machine(), network: this.#network });
    return this.#sandbox;
  }

  #boxedCommand(
    sandbox: Sandbox,
    script: StepScript,
    parts: {
      readonly folder: string;
      readonly files: ControlFiles;
      readonly recorded: RecordedProject | undefined;
      readonly pythonEnvironment: PlacedFolder | undefined;
      readonly watch: StartedWatch;
      readonly installs: Installs;
    },
  ): readonly string[] {
    const { pythonEnvironment } = parts;
    const view = buildView({
      ...this.#machine(),
      folder: parts.folder,
      script: parts.files.script,
      recorded: parts.recorded,
      pythonEnvironment,
      programs: pythonEnvironment === undefined ? [] : [join(pythonEnvironment.source, "bin/python")],
      mayInstall: parts.installs !== "no",
      layers: parts.installs === "layers",
      ...(parts.watch.folders === undefined ? {} : { watch: parts.watch.folders }),
    });
    const supervised = {
      report: reportFlag(script),
      command: [...script.interpreter, SCRIPT_IN_VIEW],
      network: this.#network,
    };
    const kind = sandbox.kind === "unshare" ? "unshare" : "bubblewrap";
    const command = sandboxCommand(
      kind,
      sandbox.programs,
      view,
      { folder: parts.folder, stateFolder: this.#options.stateFolder },
      supervised,
    );
    if (typeof command === "string") throw new HeadraceError("HR_SANDBOX", `the sandbox cannot be set up: ${command}`);
    return command;
  }

  /**
   * The step's version in the place of the project's folder, where the step is led there; it costs a mount for each
   * folder.
   */
  #recordedProject(job: JobSpec, environment: Readonly<Record<string, string>>): RecordedProject | undefined {
    const { projectRoot, stateFolder, baseEnvironment } = this.#options;
    const home = homeFolder(baseEnvironment);
    const { root, repository: checkout } = executionFolder(realpathSync.native(job.folder));
    const searchPath = job.python === undefined ? (environment.PATH ?? "") : "";
    const step = { projectRoot, checkout, command: job.command, environment, searchPath, home: home ?? "/" };
    if (!isProjectShown(projectRoot, this.#look.ask(closedHomes, home)) || !leadsIntoProject(this.#look, step))
      return undefined;
    return recordProject({ projectRoot, stateFolder, checkout, scratch: scratchFolder(root) });
  }

  /** Returns what every view takes from this machine and user; nothing of it from the step. */
  #machine(): MachineView {
    const { stateFolder, hiddenFolder = stateFolder, projectRoot, baseEnvironment: base } = this.#options;
    const home = homeFolder(base);
    const look = this.#look;
    return {
      look,
      stateFolder,
      hiddenFolder,
      projectRoot,
      register: registerOf(base, home),
      kept: look.ask(keptCaches, base, look.ask(stepHome, home), join(stateFolder, "cache/home")),
      searchPath: base.PATH ?? "",
      home,
      variables: namingFiles(base),
      shownSecrets: [...parseShown(base.HEADRACE_STEPS_SEE), ...parseShown(this.#options.shows?.join(":"))],
    };
  }

  /**
   * Said of the first step's image and never again: a pipeline of ten steps and five images has one message to bring.
   */
  #imageWarning(image: string): string | undefined {
    if (image === "" || this.#hasWarnedOfImages) return undefined;
    this.#hasWarnedOfImages = true;
    return `steps run with this machine's programs, not in their image (here ${image}), which an environment with containers has`;
  }

  #firstTime(warning: string): boolean {
    if (this.#warned.has(warning)) return false;
    this.#warned.add(warning);
    return true;
  }
}

/**
 * Returns the variable HOME. If there is no place for a home of the step's own, and none of the user's is known, it is
 * the temporary folder, which is the step's alone, too.
 */
function homeVariable(
  home: string | undefined,
  sandboxed: boolean,
  own: string | undefined,
): { readonly HOME?: string } {
  if (sandboxed && own === undefined) return { HOME: "/tmp" };
  return home === undefined ? {} : { HOME: home };
}

function reportFlag(script: StepScript): "yes" | "no" {
  return script.reportsLine ? "yes" : "no";
}

function prepareFolder(job: JobSpec): ExecutionFolder {
  const folder = executionFolder(realpathSync.native(resolve(job.folder)));
  for (const path of [folder.control, folder.logs, folder.inputs, folder.outputs, folder.config, folder.repository]) {
    mkdirSync(path, { recursive: true });
  }
  return folder;
}
