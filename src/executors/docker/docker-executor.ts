import { chmodSync, existsSync, mkdirSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { executionFolder } from "../../contract/index.ts";
import { HeadraceError } from "../../errors.ts";
import { removeTree } from "../../remove-tree.ts";
import type { DockerSettings } from "../../settings/index.ts";
import type { Executor, ExecutorCapabilities, ExecutorHealth, JobSpec, Preparation, RunningJob } from "../executor.ts";
import { checkVariables } from "../local/step-environment.ts";
import { stepScript } from "../local/step-script.ts";
import { type ContainerFiles, containerFiles } from "./container-end.ts";
import { CONTAINER_SCRIPT } from "./container-script.ts";
import { containerName, containerSpec } from "./container-spec.ts";
import { containerUser, ownSelf } from "./container-user.ts";
import { EngineClient, EngineRefusal, explainEngine } from "./engine-client.ts";
import { describeEngine, type EngineFacts } from "./engine-facts.ts";
import { findEngine } from "./find-engine.ts";
import { ensureImage, inspectImage, type LocalImage } from "./pull-image.ts";
import { followContainer, inspectContainer, patiently } from "./running-container.ts";

export interface DockerExecutorOptions {
  readonly settings: DockerSettings;
  /** The environment of Headrace itself: where the engine is, and the user's registry credentials. Nothing of it reaches a step. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  readonly projectId: string;
}

const ANSWER_MS = 60_000;

/** Steps in containers of the Docker or Podman of this machine, which sees the same folders. */
export class DockerExecutor implements Executor {
  readonly name = "docker";
  readonly capabilities: ExecutorCapabilities = { sharedFilesystem: true, images: true };
  readonly #options: DockerExecutorOptions;
  readonly #images = new Map<string, Promise<LocalImage>>();
  #client: EngineClient | undefined;
  #facts: Promise<EngineFacts> | undefined;

  constructor(options: DockerExecutorOptions) {
    this.#options = options;
  }

  async health(): Promise<ExecutorHealth> {
    try {
      return { healthy: true, details: (await describeEngine(this.#engine())).details };
    } catch (error) {
      const explained = explainEngine(error, "the container engine cannot be used");
      if (!(explained instanceof HeadraceError)) throw error;
      return { healthy: false, reason: explained.message, ...(explained.hint === undefined ? {} : { hint: explained.hint }) };
    }
  }

  async imageId(image: string): Promise<string | undefined> {
    try {
      return (await inspectImage(this.#engine(), image))?.id;
    } catch (error) {
      // Without an answer nothing is known of the image; the step itself will say what is wrong.
      if (explainEngine(error, "") instanceof HeadraceError) return undefined;
      throw error;
    }
  }

  async prepare(job: JobSpec, report: (detail: string) => void, signal: AbortSignal): Promise<Preparation> {
    checkVariables(job.environment);
    if (job.image === "") {
      throw new HeadraceError("HR_STEP_START", "the step names no image, and its environment has no default one", {
        hint: "write `image:` into the step, or into the environment in headrace.config.yaml",
      });
    }
    const engine = await this.#engineFacts();
    const image = await this.#image(job.image, report, signal);
    return {
      valohaiRoot: "/valohai",
      facts: {
        sandbox: "container",
        engine: engine.name,
        image: job.image,
        imageId: image.id,
        ...(image.user === "" ? {} : { imageUser: image.user }),
        ...(image.digest === undefined ? {} : { imageDigest: image.digest }),
      },
      warnings: job.python === undefined ? [] : [pythonWarning(job.image)],
    };
  }

  async start(job: JobSpec, preparation: Preparation): Promise<RunningJob> {
    const files = containerFiles(executionFolder(job.folder).control);
    try {
      if (existsSync(files.begun)) return followContainer(job, files, this.#engine());
      await this.#create(job, files, preparation);
      await this.#startCreated(job);
      return followContainer(job, files, this.#engine());
    } catch (error) {
      throw explainEngine(error, `the container of the step cannot be started from the image ${job.image}`);
    }
  }

  async attach(job: JobSpec): Promise<RunningJob | undefined> {
    const client = this.#engine();
    const files = containerFiles(executionFolder(job.folder).control);
    if (existsSync(files.begun)) return followContainer(job, files, client);
    const asked = await patiently(
      () => inspectContainer(client, job.executionId),
      () => existsSync(files.begun),
    );
    if (asked === undefined) return followContainer(job, files, client);
    return asked.answer === undefined || asked.answer.status === "created" ? undefined : followContainer(job, files, client);
  }

  async forget({ executionId, folder }: Pick<JobSpec, "executionId" | "folder">): Promise<void> {
    try {
      await this.#engine().call({
        method: "DELETE",
        path: `/containers/${containerName(executionId)}?force=true&v=true`,
        timeoutMs: ANSWER_MS,
      });
    } catch (error) {
      // 409: it is being removed already.
      const isGone = error instanceof EngineRefusal && (error.status === 404 || error.status === 409);
      if (!isGone) throw explainEngine(error, "a container cannot be removed");
    }
    await removeTree(scratchOf(folder));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.[Symbol.dispose]();
  }

  #engine(): EngineClient {
    if (this.#client !== undefined) return this.#client;
    const address = findEngine(this.#options.settings.host, this.#options.baseEnvironment);
    if (!address.ok) throw new HeadraceError("HR_STEP_START", address.reason, { hint: address.hint });
    this.#client = new EngineClient(address.socketPath);
    return this.#client;
  }

  async #engineFacts(): Promise<EngineFacts> {
    this.#facts ??= describeEngine(this.#engine());
    try {
      return await this.#facts;
    } catch (error) {
      this.#facts = undefined;
      throw explainEngine(error, "the step cannot run in a container");
    }
  }

  /** Looked up once per name, for all steps that share it; the next step tries again where that failed. */
  async #image(name: string, report: (detail: string) => void, signal: AbortSignal): Promise<LocalImage> {
    let image = this.#images.get(name);
    if (image === undefined) {
      const { settings, baseEnvironment } = this.#options;
      image = ensureImage(name, { client: this.#engine(), pull: settings.pull, env: baseEnvironment, report, signal });
      this.#images.set(name, image);
      image.catch(() => this.#images.delete(name));
    }
    return await image;
  }

  async #create(job: JobSpec, files: ContainerFiles, preparation: Preparation): Promise<void> {
    const { settings, projectId } = this.#options;
    const { rootless } = await this.#engineFacts();
    const user = containerUser(settings.user, preparation.facts.imageUser ?? "", rootless, ownSelf());
    const root = realpathSync.native(job.folder);
    const scratch = scratchOf(root);
    const interpreter = writeScripts(job, files, scratch, ownSelf().uid !== 0 && !user.isRoot && user.name !== ownSelf().name);
    const imageId = preparation.facts.imageId ?? job.image;
    const spec = containerSpec({ job: { ...job, folder: root }, imageId, settings, user, projectId, interpreter, scratch });
    const path = `/containers/create?name=${containerName(job.executionId)}`;
    try {
      await this.#engine().call({ method: "POST", path, body: spec, timeoutMs: ANSWER_MS });
    } catch (error) {
      // 409: an earlier engine came as far as this, or another one is just doing it.
      if (error instanceof EngineRefusal && isTaken(error)) return await this.#awaitCreated(job);
      if (!(error instanceof EngineRefusal && error.status === 404)) throw error;
      // Somebody has removed the image since it was looked up: by its digest it is the same one that comes again.
      this.#images.delete(job.image);
      const again = await this.#image(preparation.facts.imageDigest ?? job.image, () => undefined, new AbortController().signal);
      await this.#engine().call({ method: "POST", path, body: { ...spec, Image: again.id }, timeoutMs: ANSWER_MS });
    }
  }

  /** The name is taken some milliseconds before the container can be seen. */
  async #awaitCreated(job: JobSpec): Promise<void> {
    for (const deadline = performance.now() + ANSWER_MS; performance.now() < deadline; await delay(20)) {
      if ((await inspectContainer(this.#engine(), job.executionId)) !== undefined) return;
    }
  }

  async #startCreated(job: JobSpec): Promise<void> {
    try {
      await this.#engine().call({ method: "POST", path: `/containers/${containerName(job.executionId)}/start`, timeoutMs: ANSWER_MS });
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      const files = containerFiles(executionFolder(job.folder).control);
      // It did begin, and only ended too soon for the engine's taste.
      if (existsSync(files.begun)) return;
      throw withoutShell(error, job.image);
    }
  }
}

/** Podman says it with status 500. */
function isTaken(error: EngineRefusal): boolean {
  return error.status === 409 || /name .* is already in use/.test(error.message);
}

function scratchOf(folder: string): string {
  return join(folder, "scratch");
}

/** Written anew until the step has begun; process 1 makes the marker before it reads the step's script. */
function writeScripts(job: JobSpec, files: ContainerFiles, scratch: string, isStranger: boolean): readonly string[] {
  const folder = executionFolder(job.folder);
  for (const path of [scratch, folder.logs, folder.control]) mkdirSync(path, { recursive: true, mode: 0o700 });
  if (isStranger) openToAll([scratch, folder.logs, folder.control, folder.outputs, folder.repository]);
  const script = stepScript(job.command, "bash");
  replace(files.boot, CONTAINER_SCRIPT);
  replace(files.script, script.text);
  if (!script.reportsLine) return ["shebang", ...script.interpreter];
  replace(files.shellScript, stepScript(job.command, undefined).text);
  return ["script"];
}

/** The environment has steps be a user who is not ours: he has to write here. The folder above lets nobody else in. */
function openToAll(paths: readonly string[]): void {
  for (const path of paths) chmodSync(path, 0o777);
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.${process.pid}`, text, { mode: 0o755 });
  renameSync(`${path}.${process.pid}`, path);
}

function withoutShell(error: EngineRefusal, image: string): unknown {
  if (!/\/bin\/sh.*(no such file|not found)/s.test(error.message)) return error;
  return new HeadraceError("HR_STEP_START", `the image ${image} has no shell (/bin/sh), which steps are run by`, {
    hint: "use an image with a POSIX shell: nearly every one but `scratch` and `distroless`",
    cause: error,
  });
}

function pythonWarning(image: string): string {
  return `\`python\` has no effect in a container: the step uses the Python and the packages of its image ${image}`;
}
