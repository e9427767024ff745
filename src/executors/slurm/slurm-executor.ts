import { existsSync, mkdirSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Semaphore } from "../../concurrency/index.ts";
import { executionFolder, keepLog } from "../../contract/index.ts";
import { HeadraceError } from "../../errors.ts";
import { homeFolder } from "../../home-folders.ts";
import { MachineFacts } from "../../machine/index.ts";
import type {
  Executor,
  ExecutorCapabilities,
  ExecutorHealth,
  JobSpec,
  Preparation,
  RunningJob,
  StepSurroundings,
} from "../executor.ts";
import { ensurePythonEnvironment } from "../python/environment.ts";
import { environmentPlace } from "../python/environment-place.ts";
import { checkVariables, passedOn, stepEnvironment } from "../step/step-environment.ts";
import { stepScript } from "../step/step-script.ts";
import { checkSecrets } from "../step/step-secrets.ts";
import { LocalSurroundings } from "../surroundings/surroundings.ts";
import { batchScript } from "./batch-script.ts";
import { Canceller } from "./canceller.ts";
import { containerCommand, interpreterInContainer, SCRIPT_IN_CONTAINER, VALOHAI_IN_CONTAINER } from "./containers.ts";
import { JobQueue } from "./job-queue.ts";
import { type JobRow, parseAccounting, parseRows, ROW_FIELDS, SACCT_FIELDS } from "./job-row.ts";
import { launchFile } from "./launch-file.ts";
import { sealSecrets } from "./seal-secrets.ts";
import { recordedJob, type SlurmFiles, slurmFiles } from "./slurm-files.ts";
import { SlurmJob } from "./slurm-job.ts";
import { type SlurmAnswer, type SlurmPrograms, slurmPrograms } from "./slurm-programs.ts";
import { jobName, type SlurmExecutorOptions } from "./slurm-settings.ts";
import { sbatchOptions } from "./submission.ts";
import { whyNotWritable } from "./work-folder.ts";

/** So many `sbatch` at a time: each is a question to the controller, which serves a whole site. */
const SUBMISSIONS_AT_A_TIME = 4;
const SETTLE_MS = 15_000;
const HEALTH_MS = 15_000;
const WORK_FOLDER_HINT = "name a folder in `slurm.work-folder` that all nodes see and you may write to";
/**
 * `attach` waits so long for a controller that does not answer, before it takes a job that may exist for one that does.
 */
const ATTACH_PATIENCE_MS = 15_000;

/** An executor for a Slurm cluster whose nodes see the work folder at the same path as this machine. */
export function openSlurmExecutor(options: SlurmExecutorOptions): Executor {
  return new SlurmExecutor(options);
}

class SlurmExecutor implements Executor {
  readonly name = "slurm";
  readonly capabilities: ExecutorCapabilities;
  readonly #options: SlurmExecutorOptions;
  readonly #programs: SlurmPrograms;
  readonly #surroundings: LocalSurroundings;
  readonly #queue: JobQueue;
  readonly #canceller: Canceller;
  readonly #warned = new Set<string>();
  #usable: Promise<string | undefined> | undefined;
  readonly #submissions = new Semaphore(SUBMISSIONS_AT_A_TIME);

  constructor(options: SlurmExecutorOptions) {
    const { settings, baseEnvironment } = options;
    this.#options = options;
    this.#surroundings = new LocalSurroundings(handedOn(baseEnvironment), homeFolder(baseEnvironment) ?? "/");
    this.#programs = slurmPrograms(settings.programs, baseEnvironment);
    this.#canceller = new Canceller(this.#programs);
    this.capabilities = {
      sharedFilesystem: true,
      reachableFrom: "anywhere",
      images: settings.containers !== undefined,
    };
    const user = String(process.getuid?.() ?? baseEnvironment.USER ?? "");
    this.#queue = new JobQueue({
      ask: () =>
        this.#programs.run("squeue", ["--noheader", "--states=all", `--user=${user}`, `--Format=${ROW_FIELDS}`]),
      parse: (text) => parseRows(text, jobName("")),
      pollMs: settings.pollS * 1000,
    });
  }

  async health(): Promise<ExecutorHealth> {
    const { workFolder, partition } = this.#options.settings;
    const refusal = await whyNotWritable(workFolder);
    if (refusal !== undefined) return { healthy: false, reason: refusal, hint: WORK_FOLDER_HINT };
    const where = partition === undefined ? [] : [`--partition=${partition}`];
    const answer = await this.#programs.run("sinfo", ["--noheader", "--format=%D %T", ...where], {
      patienceMs: HEALTH_MS,
    });
    if (answer.kind !== "said") return { healthy: false, reason: answer.words };
    const nodes = answer.text
      .trim()
      .split("\n")
      .filter((line) => line !== "");
    if (nodes.length === 0)
      return {
        healthy: false,
        reason: `there is no partition ${partition ?? ""} with nodes`,
        hint: "`sinfo` lists the partitions",
      };
    return { healthy: true, details: { workFolder, nodes: nodes.join(", ") } };
  }

  /** Asked until it has succeeded once: a disk that goes away later is told by what then fails. */
  async requirePlace(): Promise<void> {
    this.#usable ??= whyNotWritable(this.#options.settings.workFolder);
    const refusal = await this.#usable;
    if (refusal === undefined) return;
    this.#usable = undefined;
    throw new HeadraceError("HR_SYSTEM", refusal, { hint: WORK_FOLDER_HINT });
  }

  /**
   * In a container, that has its own programs, only the variables count; elsewhere the nodes are taken to have what
   * this machine has.
   */
  surroundings(step: StepSurroundings): Readonly<Record<string, string>> {
    const seen = this.#surroundings.of(step);
    if (step.image === "" || this.#options.settings.containers === undefined) return seen;
    return Object.fromEntries(Object.entries(seen).filter(([name]) => name.startsWith("variable ")));
  }

  async prepare(job: JobSpec, report: (detail: string) => void, signal: AbortSignal): Promise<Preparation> {
    const { settings, baseEnvironment } = this.#options;
    checkVariables(job.environment);
    checkSecrets(job);
    const inContainer = this.#containerOf(job) !== undefined;
    if (job.secrets !== undefined && this.#containerOf(job) === "podman") throw podmanTells();
    const facts: Record<string, string> = {
      sandbox: "none",
      ...(inContainer ? { container: settings.containers ?? "", image: job.image } : {}),
    };
    if (job.python !== undefined && !inContainer) {
      const built = await ensurePythonEnvironment({
        folder: this.#environments(),
        stateFolder: this.#options.stateFolder ?? settings.workFolder,
        repository: executionFolder(job.folder).repository,
        python: job.python,
        passedOn: passedOn(baseEnvironment),
        base: baseEnvironment,
        step: job.environment,
        keepFailure: (output) => keepLog(executionFolder(job.folder), output, Date.now()),
        machine: this.#options.machine ?? new MachineFacts(),
        report,
        signal,
      });
      facts.pythonEnvironment = built.hash;
      facts.pythonVersion = built.version;
    }
    const warnings = this.#warningsOf(job, inContainer).filter((text) => this.#firstTime(text));
    mkdirSync(job.folder, { recursive: true });
    const valohaiRoot = inContainer ? VALOHAI_IN_CONTAINER : executionFolder(realpathSync.native(job.folder)).valohai;
    return { valohaiRoot, facts, surroundings: this.surroundings({ ...job, variables: job.environment }), warnings };
  }

  async start(
    job: JobSpec,
    preparation: Preparation,
    report: (detail: string) => void = () => undefined,
  ): Promise<RunningJob> {
    const files = filesOf(job);
    if (existsSync(files.exit) || existsSync(files.claim)) return this.#follow(job, files, report);
    const { script, variables } = this.#write(job, preparation);
    const options = sbatchOptions(this.#options.settings, job, files);
    const running = this.#follow(job, files, report, () =>
      this.#submissions.hold(1, () => this.#programs.run("sbatch", [...options, script], { variables })),
    );
    await running.asked;
    return running;
  }

  async attach(job: JobSpec): Promise<RunningJob | undefined> {
    const files = filesOf(job);
    if (existsSync(files.exit) || existsSync(files.claim)) return this.#follow(job, files);
    if (!existsSync(files.job)) return undefined;
    const isKnown = await this.#queue.fresh(ATTACH_PATIENCE_MS);
    const name = jobName(job.executionId);
    const isForgotten = isKnown && this.#queue.rowsOf(name).length === 0 && !existsSync(files.claim);
    if (isForgotten && (await this.#remember(name, recordedJob(files))).length === 0) return undefined;
    return this.#follow(job, files);
  }

  async forget(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
  }

  #follow(
    job: JobSpec,
    files: SlurmFiles,
    report: (detail: string) => void = () => undefined,
    submit?: () => Promise<SlurmAnswer>,
  ): SlurmJob {
    const settleMs = this.#options.settleMs ?? SETTLE_MS;
    const remember = (name: string): Promise<readonly JobRow[]> => this.#remember(name, recordedJob(files));
    return new SlurmJob({
      job,
      files,
      queue: this.#queue,
      canceller: this.#canceller,
      remember,
      submit,
      report,
      settleMs,
    });
  }

  /** Everything that the job will need, on the shared disk; the variables come with the job. */
  #write(
    job: JobSpec,
    preparation: Preparation,
  ): { readonly script: string; readonly variables: Readonly<Record<string, string>> } {
    const folder = executionFolder(realpathSync.native(job.folder));
    for (const path of [folder.control, folder.logs, folder.inputs, folder.outputs, folder.config, folder.repository])
      mkdirSync(path, { recursive: true });
    const files = slurmFiles(folder.control);
    const container = this.#containerOf(job);
    const environment = this.#environmentOf(job, preparation, folder.valohai, container !== undefined);
    const plain = stepScript(job, undefined);
    const isShell = stepScript(job, "/bin/bash").text !== plain.text;
    const bash =
      container === undefined
        ? stepScript(job, "/bin/bash")
        : { ...plain, interpreter: interpreterInContainer(isShell ? undefined : plain.interpreter) };
    replaceFile(files.script, bash.text, 0o755);
    if (bash.text !== plain.text) replaceFile(files.plainScript, plain.text, 0o755);
    const inside = container === undefined ? files.script : SCRIPT_IN_CONTAINER;
    const launch = launchFile({
      environment,
      bash: { ...bash, path: inside },
      plain: { ...plain, path: bash.text === plain.text ? inside : files.plainScript },
      ...(container === undefined
        ? {}
        : {
            container: containerCommand({
              kind: container,
              image: job.image,
              executionId: job.executionId,
              folder,
              script: files.script,
              mounts: job.mounts ?? [],
              variables: Object.keys(environment),
              isRoot: process.getuid?.() === 0,
              gpus: Object.keys(job.resources?.devices ?? {}).some((device) => /gpu/i.test(device)),
            }),
          }),
    });
    // Variables that are no secrets may still be nobody else's business.
    replaceFile(files.launch, launch, 0o600);
    const script = `${folder.control}/batch`;
    const { secrets } = job;
    replaceFile(script, batchScript(folder, job.executionId, Object.keys(secrets ?? {})), 0o755);
    if (secrets === undefined) return { script, variables: {} };
    const { file, bytes, variables } = sealSecrets(secrets);
    replaceFile(join(folder.control, file), bytes, 0o600);
    return { script, variables };
  }

  #environmentOf(
    job: JobSpec,
    preparation: Preparation,
    valohai: string,
    inContainer: boolean,
  ): Readonly<Record<string, string>> {
    const { baseEnvironment } = this.#options;
    const base = handedOn(baseEnvironment);
    const home = homeFolder({});
    const hash = preparation.facts.pythonEnvironment;
    const environment = stepEnvironment({
      executionId: job.executionId,
      base: { ...(home === undefined ? {} : { HOME: home }), ...base },
      ownHome: false,
      own: job.environment,
      valohai: inContainer ? VALOHAI_IN_CONTAINER : valohai,
      sandboxed: false,
      pythonEnvironment: hash === undefined ? undefined : environmentPlace(this.#environments(), hash, false).path,
    });
    checkVariables(environment);
    return environment;
  }

  /** On the disk that the nodes see. */
  #environments(): string {
    const folder = join(this.#options.settings.workFolder, "environments");
    mkdirSync(folder, { recursive: true });
    return realpathSync.native(folder);
  }

  #containerOf(job: JobSpec): "apptainer" | "podman" | undefined {
    return job.image === "" ? undefined : this.#options.settings.containers;
  }

  #warningsOf(job: JobSpec, inContainer: boolean): readonly string[] {
    if (job.image !== "" && !inContainer) {
      return [
        `the image ${job.image} is not used: the step runs with the programs of the node (name apptainer or podman as \`slurm.containers\` where the nodes have one)`,
      ];
    }
    return [];
  }

  /**
   * Asked by its number, accounting also tells of a job that was never fit to start (held, or waiting for another); by
   * name and time it does not.
   */
  async #remember(name: string, jobId: string): Promise<readonly JobRow[]> {
    const known = jobId === "" ? [] : await this.#account(name, [`--jobs=${jobId}`]);
    return known.length > 0 ? known : await this.#account(name, ["--starttime=now-7days", `--name=${name}`]);
  }

  async #account(name: string, which: readonly string[]): Promise<readonly JobRow[]> {
    const options = ["--noheader", "--parsable2", "--allocations", ...which, `--format=${SACCT_FIELDS}`];
    const answer = await this.#programs.run("sacct", options);
    return answer.kind === "said" ? parseAccounting(answer.text, name) : [];
  }

  #firstTime(warning: string): boolean {
    if (this.#warned.has(warning)) return false;
    this.#warned.add(warning);
    return true;
  }
}

/** Slurm says which cards a step may use, and temporary files belong on the node. */
function handedOn(base: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(base).filter(
      ([name]) => name !== "TMPDIR" && !/^(CUDA|NVIDIA|ROCR|HIP)_[A-Z0-9_]*DEVICES$/.test(name),
    ),
  );
}

/** Its records of a container have the variables. */
function podmanTells(): HeadraceError {
  return new HeadraceError(
    "HR_NOT_SUPPORTED",
    "Podman on Slurm cannot be given secrets: it notes them on the node's disk",
    {
      hint: "use apptainer as `slurm.containers`, or take the secrets from the step",
    },
  );
}

function filesOf(job: JobSpec): SlurmFiles {
  return slurmFiles(executionFolder(job.folder).control);
}

/** Renamed into place: a job of an earlier attempt may be reading it. */
function replaceFile(path: string, text: string | Buffer, mode: number): void {
  const temporary = `${path}.${process.pid}.${Math.trunc(performance.now() * 1000)}`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, path);
}
