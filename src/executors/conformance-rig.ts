import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Executor, JobEnd, JobSpec, Preparation, RunningJob } from "./executor.ts";

/** The executor that the suite tests. */
export interface ConformanceSubject {
  /**
   * A module whose `open(place, variant)` gives the executor; a module, so that another process can open it as well.
   */
  readonly module: URL;
  readonly variant: string;
  /**
   * Steps see /valohai, and nothing else that they could harm: `view` the machine read-only, `container` an image of
   * their own.
   */
  readonly isolated: "view" | "container" | false;
  /** For executors that need one: with bash, Python and the usual tools. */
  readonly image?: string;
}

export interface ConformancePlace {
  readonly stateFolder: string;
  readonly projectRoot: string;
  readonly baseEnvironment: Readonly<Record<string, string>>;
}

export interface ConformanceModule {
  open(place: ConformancePlace, variant: string): Promise<Executor>;
}

export interface Finished {
  readonly end: JobEnd;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project folder, an executor in it, and jobs to give it. */
export class ConformanceRig {
  readonly #subject: ConformanceSubject;
  readonly #root = realpathSync.native(mkdtempSync(join(tmpdir(), "headrace-executor-")));
  #executor: Executor | undefined;
  readonly place: ConformancePlace;
  readonly home: string;

  constructor(subject: ConformanceSubject) {
    this.#subject = subject;
    const projectRoot = join(this.#root, "project with 'blanks'");
    const stateFolder = join(projectRoot, ".headrace");
    this.home = join(this.#root, "home");
    for (const folder of [stateFolder, this.home]) mkdirSync(folder, { recursive: true });
    // The system's own Python before any version manager's: their shims cost a second each.
    const baseEnvironment = {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOME: this.home,
      AWS_SECRET_ACCESS_KEY: "leak",
      GITHUB_TOKEN: "leak",
    };
    this.place = { stateFolder, projectRoot, baseEnvironment };
  }

  get executor(): Executor {
    if (this.#executor === undefined) throw new Error("the rig is not open");
    return this.#executor;
  }

  async open(): Promise<void> {
    this.#executor = await this.another();
  }

  async another(): Promise<Executor> {
    const module = (await import(this.#subject.module.href)) as ConformanceModule;
    return module.open(this.place, this.#subject.variant);
  }

  async close(): Promise<void> {
    await this.#executor?.[Symbol.asyncDispose]();
    rmSync(this.#root, { recursive: true, force: true });
  }

  job(command: readonly string[], environment: Readonly<Record<string, string>> = {}): JobSpec {
    const executionId = randomUUID();
    const folder = join(this.place.stateFolder, "executions", executionId);
    for (const name of ["repository", "inputs", "outputs", "config"])
      mkdirSync(join(folder, "valohai", name), { recursive: true });
    return {
      executionId,
      folder,
      command,
      image: this.#subject.image ?? "",
      environment: { ...environment, RIG_MARK: executionId },
    };
  }

  prepare(job: JobSpec): Promise<Preparation> {
    return this.executor.prepare(job, () => undefined, new AbortController().signal);
  }

  async start(job: JobSpec): Promise<RunningJob> {
    return this.executor.start(job, await this.prepare(job));
  }

  async run(job: JobSpec): Promise<Finished> {
    const end = await (await this.start(job)).ended;
    return { end, stdout: this.stdout(job), stderr: readFileSync(join(job.folder, "logs/stderr"), "utf8") };
  }

  stdout(job: JobSpec): string {
    const path = join(job.folder, "logs/stdout");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Waits until the step's stdout holds a text. */
  async logged(job: JobSpec, text: string): Promise<void> {
    mkdirSync(join(job.folder, "logs"), { recursive: true });
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.stdout(job).includes(text)) resolve();
    };
    const watcher = watch(join(job.folder, "logs"), look);
    look();
    await promise;
    watcher.close();
  }

  /** Starts the job from another process, and kills that process with all it can no longer do. */
  async startElsewhereAndDie(job: JobSpec): Promise<void> {
    const { module, variant } = this.#subject;
    const engine = fork(fileURLToPath(new URL("./conformance-engine.ts", import.meta.url)), [], { execArgv: [] });
    const { promise: started, resolve, reject } = Promise.withResolvers<unknown>();
    const { promise: dead, resolve: died } = Promise.withResolvers<void>();
    engine.once("message", resolve);
    engine.once("exit", (code) => {
      reject(new Error(`the other engine ended with status ${code} before the step was started`));
      died();
    });
    engine.send({ module: module.href, variant, place: this.place, job });
    await started;
    engine.kill("SIGKILL");
    await dead;
  }

  /** Processes of the job that still live, wherever they have hidden; those that are just dying get the time for it. */
  async leftovers(job: JobSpec): Promise<readonly string[]> {
    for (const deadline = Date.now() + 2_000; ; await delay(5)) {
      const found = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .filter((pid) => contents(`/proc/${pid}/environ`).includes(`RIG_MARK=${job.executionId}`))
        .map((pid) => contents(`/proc/${pid}/cmdline`).replaceAll("\0", " "));
      if (found.length === 0 || Date.now() > deadline) return found;
    }
  }
}

function contents(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
