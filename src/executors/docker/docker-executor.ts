import { existsSync, realpathSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { executionFolder } from "../../contract/index.ts";
import { HeadraceError } from "../../errors.ts";
import { removeTree } from "../../remove-tree.ts";
import { checkDevices, DeviceList, deviceSigns } from "../devices/device-list.ts";
import type {
  Device,
  Executor,
  ExecutorCapabilities,
  ExecutorHealth,
  JobSpec,
  Preparation,
  RunningJob,
} from "../executor.ts";
import { checkVariables } from "../step/step-environment.ts";
import { checkSecrets } from "../step/step-secrets.ts";
import { type ContainerFiles, containerFiles } from "./container-end.ts";
import { scratchOf, writeScripts } from "./container-folder.ts";
import { containerName, containerSpec, EXECUTION_LABEL } from "./container-spec.ts";
import { containerUser, ownSelf } from "./container-user.ts";
import { limitWarnings, refuseSubUser } from "./engine-bounds.ts";
import { EngineClient, EngineRefusal, EngineUnreachable, explainEngine } from "./engine-client.ts";
import { describeEngine, type EngineFacts } from "./engine-facts.ts";
import { findEngine } from "./find-engine.ts";
import { insist, patienceFor, patiently, waitingWords } from "./patience.ts";
import { pendingContainer } from "./pending-container.ts";
import { ensureImage, inspectImage, type LocalImage } from "./pull-image.ts";
import { followContainer, hasSecrets, inspectContainer, refuseForeign } from "./running-container.ts";
import { holdInput } from "./send-secrets.ts";
import type { DockerSettings } from "./settings.ts";

export interface DockerExecutorOptions {
  readonly settings: DockerSettings;
  /**
   * The environment of Headrace itself: where the engine is, and the user's registry credentials. Nothing of it reaches
   * a step.
   */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  readonly projectId: string;
  /** Time for which `health` waits for facts of the engine; 15 s unless said otherwise. */
  readonly healthMs?: number;
}

const ANSWER_MS = 60_000;
const HEALTH_MS = 15_000;
/** The engine tries again later to remove what cannot be removed within this time. */
const FORGET_PATIENCE_MS = 15_000;

/** Steps in containers of the Docker or Podman of this machine, which sees the same folders. */
export class DockerExecutor implements Executor {
  readonly name = "docker";
  readonly capabilities: ExecutorCapabilities;
  readonly #options: DockerExecutorOptions;
  readonly #devices: DeviceList;
  readonly #images = new Map<string, Promise<LocalImage>>();
  #client: EngineClient | undefined;
  #facts: Promise<EngineFacts> | undefined;
  #hasAnswered = false;

  constructor(options: DockerExecutorOptions) {
    this.#options = options;
    const { network } = options.settings;
    this.capabilities = {
      ...{ sharedFilesystem: true, images: true },
      network: network === "host" || network === "none" ? network : "own",
    };
    this.#devices = new DeviceList(deviceSigns(options.baseEnvironment));
  }

  async health(): Promise<ExecutorHealth> {
    try {
      return { healthy: true, details: await this.#details(this.#options.healthMs ?? HEALTH_MS) };
    } catch (error) {
      const explained = explainEngine(error, "the container engine cannot be used");
      if (!(explained instanceof HeadraceError)) return { healthy: false, reason: String(error) };
      return {
        healthy: false,
        reason: explained.message,
        ...(explained.advice.hint === undefined ? {} : { hint: explained.advice.hint }),
      };
    }
  }

  /**
   * Podman starts programs for what it says of itself, which takes long on a busy machine; a step runs there all the
   * same.
   */
  async #details(patienceMs: number): Promise<Readonly<Record<string, string>>> {
    const client = this.#engine();
    const isAlive = client.ping(patienceMs);
    isAlive.catch(() => undefined);
    try {
      return (await describeEngine(client, patienceMs)).details;
    } catch (error) {
      if (!(error instanceof EngineUnreachable)) throw error;
      await isAlive;
      return { engine: "answers slowly", socket: client.socketPath };
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

  /**
   * The engine is on this machine: its devices are those that steps without a container get as well, each of them one
   * step's.
   */
  listDevices(kind: string, variables: Readonly<Record<string, string>>): Promise<readonly Device[] | undefined> {
    return this.#devices.of(kind, { ...this.#options.baseEnvironment, ...variables });
  }

  async prepare(job: JobSpec, report: (detail: string) => void, signal: AbortSignal): Promise<Preparation> {
    checkVariables(job.environment);
    checkSecrets(job);
    if (job.image === "") {
      throw new HeadraceError("HR_STEP_START", "the step names no image, and its environment has no default one", {
        hint: "write `image:` into the step, or into the environment in headrace.config.yaml",
      });
    }
    const onAway = (error: EngineUnreachable): void => report(waitingWords(error));
    const waiting = { patienceMs: this.#patienceMs, onAway, signal };
    const engine = await this.#explained("the step cannot run in a container", () =>
      insist(() => this.#engineFacts(), waiting),
    );
    const look = (): Promise<LocalImage> => this.#image(job.image, report, signal);
    const image = await this.#explained(`the image ${job.image} cannot be looked up`, () => insist(look, waiting));
    refuseSubUser(this.#options.settings.user, image, engine);
    const sharesDevices = await this.#checkDevices(job);
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
      warnings: [
        ...(job.python === undefined ? [] : [pythonWarning(job.image)]),
        ...limitWarnings(job, engine),
        ...(sharesDevices === undefined ? [] : [sharesDevices]),
      ],
    };
  }

  /**
   * Checks the devices. If none at all is seen from here, as from within another container, the engine may still have
   * some: it says so itself if not.
   */
  async #checkDevices({ resources, environment }: JobSpec): Promise<string | undefined> {
    const wanted: Record<string, number> = {};
    for (const [kind, count] of Object.entries(resources?.devices ?? {})) {
      if ((await this.listDevices(kind, environment))?.length !== 0) wanted[kind] = count;
    }
    return await checkDevices(this.#devices, wanted, { ...this.#options.baseEnvironment, ...environment });
  }

  /** AMD's are given by their files, NVIDIA's by their names. */
  #filesOf(devices: Preparation["devices"]): Readonly<Record<string, readonly string[]>> {
    const files = this.#devices.amdFiles();
    const entries = Object.entries(devices ?? {}).map(([kind, names]) => [
      kind,
      kind.startsWith("amd.com/") ? names.flatMap((name) => files[Number(name)] ?? []) : names,
    ]);
    return Object.fromEntries(entries);
  }

  async start(
    job: JobSpec,
    preparation: Preparation,
    report: (detail: string) => void = () => undefined,
  ): Promise<RunningJob> {
    const files = containerFiles(executionFolder(job.folder).control);
    const explained = <T>(ask: () => Promise<T>): Promise<T> =>
      this.#explained(`the container of the step cannot be started from the image ${job.image}`, ask);
    const once = async (): Promise<RunningJob> => {
      if (existsSync(files.begun)) return followContainer(job, files, this.#engine());
      await this.#create(job, files, preparation);
      await this.#startCreated(job);
      return followContainer(job, files, this.#engine());
    };
    return await explained(async () => {
      try {
        return await once();
      } catch (error) {
        if (!(error instanceof EngineUnreachable)) throw error;
        // It was there when the step was prepared.
        const patienceMs = patienceFor(true);
        report(waitingWords(error));
        return pendingContainer(files, (signal) => explained(() => insist(once, { patienceMs, signal })));
      }
    });
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
    const hasBegun =
      asked.answer !== undefined && asked.answer.status !== "created" && (await hasSecrets(client, job, files));
    return hasBegun ? followContainer(job, files, client) : undefined;
  }

  async forget({ executionId, folder }: Pick<JobSpec, "executionId" | "folder">): Promise<void> {
    // Without the program of its process 1, no container has been asked for.
    if (existsSync(containerFiles(executionFolder(folder).control).boot)) {
      const patienceMs = (): number => FORGET_PATIENCE_MS;
      await this.#explained("a container cannot be removed", () =>
        insist(() => this.#remove(executionId), { patienceMs }),
      );
    }
    await removeTree(scratchOf(folder));
  }

  /** By its label: somebody may have given it another name. */
  async #remove(executionId: string): Promise<void> {
    const client = this.#engine();
    const filters = encodeURIComponent(JSON.stringify({ label: [`${EXECUTION_LABEL}=${executionId}`] }));
    const path = `/containers/json?all=true&filters=${filters}`;
    for (const { Id } of await client.call<readonly { readonly Id: string }[]>({
      method: "GET",
      path,
      timeoutMs: ANSWER_MS,
    })) {
      try {
        await client.call({ method: "DELETE", path: `/containers/${Id}?force=true&v=true`, timeoutMs: ANSWER_MS });
      } catch (error) {
        // 409: it is being removed already.
        if (!(error instanceof EngineRefusal && (error.status === 404 || error.status === 409))) throw error;
      }
    }
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

  async #explained<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw explainEngine(error, what);
    }
  }

  readonly #patienceMs = (error: EngineUnreachable): number => patienceFor(this.#hasAnswered)(error);

  async #engineFacts(): Promise<EngineFacts> {
    this.#facts ??= describeEngine(this.#engine());
    try {
      const facts = await this.#facts;
      this.#hasAnswered = true;
      return facts;
    } catch (error) {
      this.#facts = undefined;
      throw error;
    }
  }

  /**
   * Looked up once per name, for all steps that share it; the next step tries again where that failed, or was called
   * off.
   */
  async #image(name: string, report: (detail: string) => void, signal: AbortSignal): Promise<LocalImage> {
    while (true) {
      const shared = this.#images.get(name);
      if (shared === undefined) {
        const { settings, baseEnvironment } = this.#options;
        const image = ensureImage(name, {
          client: this.#engine(),
          pull: settings.pull,
          env: baseEnvironment,
          report,
          signal,
        });
        this.#images.set(name, image);
        image.catch(() => this.#images.delete(name));
        return await image;
      }
      try {
        return await shared;
      } catch (error) {
        const isOwnEnd = signal.aborted || error instanceof HeadraceError || error instanceof EngineUnreachable;
        if (isOwnEnd || error instanceof EngineRefusal) throw error;
        // The step that looked for all was stopped.
        if (this.#images.get(name) === shared) this.#images.delete(name);
      }
    }
  }

  async #create(job: JobSpec, files: ContainerFiles, preparation: Preparation): Promise<void> {
    const { settings, projectId } = this.#options;
    const { rootless } = await this.#engineFacts();
    const user = containerUser(settings.user, preparation.facts.imageUser ?? "", rootless, ownSelf());
    const root = realpathSync.native(job.folder);
    const scratch = scratchOf(root);
    const interpreter = writeScripts(
      job,
      files,
      scratch,
      ownSelf().uid !== 0 && !user.isRoot && user.name !== ownSelf().name,
    );
    const imageId = preparation.facts.imageId ?? job.image;
    const given = this.#filesOf(preparation.devices);
    const spec = containerSpec({
      job: { ...job, folder: root },
      imageId,
      settings,
      user,
      projectId,
      interpreter,
      scratch,
      given,
    });
    const path = `/containers/create?name=${containerName(job.executionId)}`;
    try {
      await this.#engine().call({ method: "POST", path, body: spec, timeoutMs: ANSWER_MS });
    } catch (error) {
      // 409: an earlier engine came as far as this, or another one is just doing it.
      if (error instanceof EngineRefusal && isTaken(error)) return await this.#awaitCreated(job);
      if (!(error instanceof EngineRefusal && error.status === 404)) throw error;
      // Somebody has removed the image since it was looked up: by its digest it is the same one that comes again.
      this.#images.delete(job.image);
      const again = await this.#image(
        preparation.facts.imageDigest ?? job.image,
        () => undefined,
        new AbortController().signal,
      );
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
    const input = job.secrets === undefined ? undefined : await holdInput(this.#engine(), job);
    try {
      await this.#engine().call({
        method: "POST",
        path: `/containers/${containerName(job.executionId)}/start`,
        timeoutMs: ANSWER_MS,
      });
      await input?.send();
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      const files = containerFiles(executionFolder(job.folder).control);
      // It did begin, and only ended too soon for the engine's taste.
      if (existsSync(files.begun)) return;
      if (/exec format error/i.test(error.message)) await refuseForeign(this.#engine(), job.image);
      throw withoutShell(error, job.image);
    }
  }
}

/** Podman says it with status 500. */
function isTaken(error: EngineRefusal): boolean {
  return error.status === 409 || /name .* is already in use/.test(error.message);
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
