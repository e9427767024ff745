import type { DatumView, RunView } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import type { RunRequest } from "../planning/index.ts";
import type { ExecutionRecord, MetadataDatabase, ProjectStore } from "../store/index.ts";
import { backendsOf } from "./backends.ts";
import { definedOnly } from "./defined-variables.ts";
import { findProject } from "./find-project.ts";
import type { PlacedPlan } from "./plan-request.ts";
import type { Project, ProjectLocation } from "./project.ts";
import { stateFileExists } from "./state-folder.ts";

export type SandboxChoice = "auto" | "bubblewrap" | "unshare" | "off";
export const SANDBOX_CHOICES: readonly SandboxChoice[] = ["auto", "bubblewrap", "unshare", "off"];

export interface OpenProjectOptions {
  /** Where to look for the project, upwards. */
  readonly cwd: string;
  /** The configuration file itself, instead of looking for one. */
  readonly config?: string;
  readonly sandbox?: SandboxChoice;
}

/**
 * Opens the project of a folder. Cheap: the database is opened by the first service that needs it, and the engine is loaded by the
 * first run, so that listing runs costs little more than starting Node. Throws HR_CONFIG_NOT_FOUND.
 */
export async function openProject(options: OpenProjectOptions): Promise<Project> {
  return new LocalProject(findProject(options), options.sandbox ?? "auto");
}

class LocalProject implements Project {
  readonly location: ProjectLocation;
  readonly #sandbox: SandboxChoice;
  /** What `plan` said of a request, for the run that usually follows: planning a thousand nodes takes as long as looking up their results. */
  readonly #planned = new WeakMap<RunRequest, PlacedPlan>();
  #reading: Promise<OpenedProject> | undefined;
  #writing: Promise<OpenedProject> | undefined;

  constructor(location: ProjectLocation, sandbox: SandboxChoice) {
    this.location = location;
    this.#sandbox = sandbox;
  }

  async loadConfig(): ReturnType<Project["loadConfig"]> {
    const { readConfig } = await import("./read-config.ts");
    return readConfig(this.location);
  }

  async plan(request: Parameters<Project["plan"]>[0]): ReturnType<Project["plan"]> {
    const [planned, { redactPlan }] = await Promise.all([this.#planNow(request), import("./redact-plan.ts")]);
    this.#planned.set(request, planned);
    return redactPlan(planned.plan);
  }

  async predict(request: Parameters<Project["predict"]>[0]): ReturnType<Project["predict"]> {
    const [planned, { foresee }] = await Promise.all([this.#plan(request), import("./why/foresee.ts")]);
    return await foresee(this.location, this.#hasState() ? await this.#reader() : undefined, planned);
  }

  async predictFrom(request: Parameters<Project["predictFrom"]>[0]): ReturnType<Project["predictFrom"]> {
    const [{ prepareFrom }, { checkPlaces }] = await Promise.all([import("./from/run-from.ts"), import("./why/foresee.ts")]);
    const { plan, warnings } = await prepareFrom(this.location, await this.#reader(), request, process.env);
    await checkPlaces(this.location, plan, await this.#reader());
    return { warnings };
  }

  async run(...[request, options]: Parameters<Project["run"]>): ReturnType<Project["run"]> {
    const [{ plan, warnings }, { runPlan }] = await Promise.all([this.#plan(request), import("./run-plan.ts")]);
    for (const message of warnings) options.onNotice?.({ kind: "warning", message });
    return await runPlan({ location: this.location, store: await this.#writer(), sandbox: this.#sandbox }, plan, options);
  }

  async planFrom(request: Parameters<Project["planFrom"]>[0]): ReturnType<Project["planFrom"]> {
    const [{ prepareFrom }, { redactPlan }] = await Promise.all([import("./from/run-from.ts"), import("./redact-plan.ts")]);
    return redactPlan((await prepareFrom(this.location, await this.#reader(), request, process.env)).plan);
  }

  async runFrom(...[request, options]: Parameters<Project["runFrom"]>): ReturnType<Project["runFrom"]> {
    const [{ prepareFrom }, { runPlan }] = await Promise.all([import("./from/run-from.ts"), import("./run-plan.ts")]);
    const { plan, warnings } = await prepareFrom(this.location, await this.#reader(), request, process.env);
    for (const message of warnings) options.onNotice?.({ kind: "warning", message });
    return await runPlan({ location: this.location, store: await this.#writer(), sandbox: this.#sandbox }, plan, options);
  }

  async captureCode(): Promise<string> {
    const { captureCode } = await import("./from/capture-code.ts");
    return await captureCode({ location: this.location, store: await this.#writer(), sandbox: this.#sandbox });
  }

  async compareSaves(request: Parameters<Project["compareSaves"]>[0]): ReturnType<Project["compareSaves"]> {
    const { compareSaves } = await import("./from/code-change.ts");
    return await compareSaves(this.location, await this.#writer(), request);
  }

  async newestOfStep(step: string): Promise<number | undefined> {
    if (!this.#hasState()) return undefined;
    const { newestOfStep } = await import("./from/newest-of-step.ts");
    return await newestOfStep(await this.#reader(), step);
  }

  async localInputs(ref: string, step: string): ReturnType<Project["localInputs"]> {
    const { localInputs } = await import("./from/local-inputs.ts");
    return await localInputs(this.location, await this.#reader(), ref, step);
  }

  async stampOf(uris: readonly string[]): Promise<string> {
    const { stampOf } = await import("./from/local-inputs.ts");
    return stampOf(this.location, uris);
  }

  async planReproduction(ref: string): ReturnType<Project["planReproduction"]> {
    const [{ recordedPlan }, { redactPlan }] = await Promise.all([import("./from/reproduce.ts"), import("./redact-plan.ts")]);
    return redactPlan((await recordedPlan(await this.#reader(), ref)).plan);
  }

  async reproduce(...[ref, options]: Parameters<Project["reproduce"]>): ReturnType<Project["reproduce"]> {
    const { reproduce } = await import("./from/reproduce.ts");
    const store = await this.#existing(() => this.#writer());
    return await reproduce({ location: this.location, store, sandbox: this.#sandbox }, ref, options);
  }

  async shell(...[subject, options]: Parameters<Project["shell"]>): Promise<number> {
    const { openShellIn } = await import("./shell/open-shell.ts");
    const open = subject.kind === "step" ? this.#writer() : this.#existing(() => this.#writer());
    const setting = { location: this.location, store: await open, sandbox: this.#sandbox };
    return await openShellIn(setting, subject, (request) => this.#plan(request), options);
  }

  async resume(...[ref, options]: Parameters<Project["resume"]>): ReturnType<Project["resume"]> {
    const { resumeByRef } = await import("./resume.ts");
    return await resumeByRef(
      { location: this.location, store: await this.#existing(() => this.#writer()), sandbox: this.#sandbox },
      ref,
      options,
    );
  }

  async runDetached(...[request, options]: Parameters<Project["runDetached"]>): ReturnType<Project["runDetached"]> {
    const [{ plan, warnings }, { detachRun }] = await Promise.all([this.#plan(request), import("./detach-run.ts")]);
    for (const message of warnings) options.onNotice?.({ kind: "warning", message });
    return await detachRun({ location: this.location, store: await this.#writer(), sandbox: this.#sandbox }, plan, options);
  }

  async attach(...[ref, options]: Parameters<Project["attach"]>): ReturnType<Project["attach"]> {
    const { attachToRun } = await import("./attach.ts");
    return await attachToRun(this.location, await this.#reader(), ref, options);
  }

  async serve(options: Parameters<Project["serve"]>[0]): Promise<void> {
    const { serveProject } = await import("./serve-project.ts");
    await serveProject({ location: this.location, store: await this.#writer(), sandbox: this.#sandbox }, options);
  }

  async listAbandoned(): Promise<readonly RunView[]> {
    if (!this.#hasState()) return [];
    const { abandonedRuns } = await import("./resume.ts");
    return await abandonedRuns(this.location, await this.#reader());
  }

  async listRuns(request: Parameters<Project["listRuns"]>[0]): ReturnType<Project["listRuns"]> {
    if (!this.#hasState()) return { columns: [], rows: [], unknownNames: [], knownNames: [] };
    const [store, { listRows }] = await Promise.all([this.#reader(), import("./lists/list-rows.ts")]);
    return await listRows(store, request);
  }

  async listEnvironments(): ReturnType<Project["listEnvironments"]> {
    const [{ listEnvironments }, { loadSettings }] = await Promise.all([import("./list-environments.ts"), import("./load-settings.ts")]);
    const place = { location: this.location, sandbox: this.#sandbox, baseEnvironment: definedOnly(process.env) };
    return await listEnvironments(loadSettings(this.location, process.env), place);
  }

  async rebuildPythonEnvironments(): Promise<void> {
    const [{ markForRebuild }, { prepareStateFolder }] = await Promise.all([import("../executors/index.ts"), import("./state-folder.ts")]);
    await prepareStateFolder(this.location);
    markForRebuild(this.location.stateFolder);
  }

  async info(ref: string): ReturnType<Project["info"]> {
    const { describeSubject } = await import("./details.ts");
    return await describeSubject(await this.#reader(), ref);
  }

  async *logs(...[ref, options]: Parameters<Project["logs"]>): ReturnType<Project["logs"]> {
    const [{ readLogs }, { recordedFolder }] = await Promise.all([import("./read-logs.ts"), import("./placed-folder.ts")]);
    yield* readLogs({ store: await this.#reader(), folderOf: (execution) => recordedFolder(this.location, execution) }, ref, options);
  }

  async *rawLogs(...[ref, stream]: Parameters<Project["rawLogs"]>): ReturnType<Project["rawLogs"]> {
    const [{ readRawLogs }, { recordedFolder }] = await Promise.all([import("./read-logs.ts"), import("./placed-folder.ts")]);
    yield* readRawLogs({ store: await this.#reader(), folderOf: (execution) => recordedFolder(this.location, execution) }, ref, stream);
  }

  async *followLog(...[execution, options]: Parameters<Project["followLog"]>): ReturnType<Project["followLog"]> {
    const [{ followLog }, { recordedFolder }] = await Promise.all([import("./read-logs.ts"), import("./placed-folder.ts")]);
    // That of the run that goes on here, if any: its events come at once.
    const store = (await this.#writing)?.store ?? (await this.#reader());
    const parts = { store, folderOf: (record: ExecutionRecord) => recordedFolder(this.location, record) };
    yield* followLog(parts, execution, options);
  }

  async metrics(...[refs, request]: Parameters<Project["metrics"]>): ReturnType<Project["metrics"]> {
    const { collectSeries } = await import("./metrics/metric-series.ts");
    return await collectSeries(this.metricPoints(refs)(), request);
  }

  metricPoints(refs: readonly string[]): ReturnType<Project["metricPoints"]> {
    const [read, reader] = [() => import("./metrics/metric-points.ts"), () => this.#reader()];
    return async function* points() {
      const { readMetricPoints } = await read();
      yield* readMetricPoints(await reader(), refs);
    };
  }

  async findFiles(name: string): ReturnType<Project["findFiles"]> {
    const { findFiles } = await import("./files/find-files.ts");
    return await findFiles(await this.#reader(), name);
  }

  async *fileContent(file: DatumView): ReturnType<Project["fileContent"]> {
    const [{ fileContent }, { openBlobs }] = await Promise.all([import("./files/file-content.ts"), import("./open-blobs.ts")]);
    await using blobs = await openBlobs(this.location);
    yield* fileContent(blobs, file);
  }

  async label(...[ref, labels]: Parameters<Project["label"]>): ReturnType<Project["label"]> {
    const { labelRun } = await import("./label-run.ts");
    return await labelRun(await this.#existing(() => this.#writer()), ref, labels);
  }

  async outputs(ref: string): Promise<readonly DatumView[]> {
    const { outputsOf } = await import("./details.ts");
    return await outputsOf(await this.#reader(), ref);
  }

  async downloadOutputs(...[ref, folder, options]: Parameters<Project["downloadOutputs"]>): Promise<readonly string[]> {
    const { downloadOutputs, outputsForDownload } = await import("./download/download-outputs.ts");
    const { openBlobs } = await import("./open-blobs.ts");
    const wanted = await outputsForDownload(await this.#reader(), ref);
    await using blobs = await openBlobs(this.location);
    const target = { folder, overwrite: options.overwrite, projectRoot: this.location.root };
    return await downloadOutputs(blobs, wanted.outputs, { ...target, perNode: wanted.perNode });
  }

  async stop(ref: string): ReturnType<Project["stop"]> {
    const { stopSubject } = await import("./stop-subject.ts");
    return await stopSubject({ location: this.location, store: await this.#existing(() => this.#writer()), sandbox: this.#sandbox }, ref);
  }

  async compare(refs: readonly string[]): ReturnType<Project["compare"]> {
    const { compareRefs } = await import("./compare/compare-refs.ts");
    return await compareRefs(this.location, await this.#reader(), refs);
  }

  async why(ref: string): ReturnType<Project["why"]> {
    const { whyOf } = await import("./why/why.ts");
    return await whyOf(this.location, await this.#reader(), ref);
  }

  async outsideCode(...[ref, paths]: Parameters<Project["outsideCode"]>): ReturnType<Project["outsideCode"]> {
    const { findOutsideCode } = await import("./outside-code.ts");
    return await findOutsideCode(this.location, await this.#reader(), ref, paths);
  }

  async checkout(...[ref, folder]: Parameters<Project["checkout"]>): ReturnType<Project["checkout"]> {
    const { checkoutCode } = await import("./checkout-code.ts");
    return await checkoutCode(this.location, await this.#reader(), ref, folder);
  }

  async migrate(...[request, onProgress]: Parameters<Project["migrate"]>): ReturnType<Project["migrate"]> {
    const { migrateProject } = await import("./migrate/migrate-project.ts");
    this.#requireState();
    return await migrateProject(this.location, request, onProgress);
  }

  async removeRuns(refs: readonly string[]): ReturnType<Project["removeRuns"]> {
    const { removeRuns } = await import("./housekeeping/remove-runs.ts");
    return await removeRuns(this.location, await this.#existing(() => this.#writer()), refs);
  }

  async collectGarbage(request: Parameters<Project["collectGarbage"]>[0]): ReturnType<Project["collectGarbage"]> {
    const { gcProject } = await import("./housekeeping/gc-request.ts");
    return await gcProject(this.location, await this.#existing(() => this.#writer()), request);
  }

  async clearUpDaily(): ReturnType<Project["clearUpDaily"]> {
    const { clearUpDaily } = await import("./housekeeping/retention.ts");
    return await clearUpDaily(this.location, await this.#writer(), process.env);
  }

  async verify(request: Parameters<Project["verify"]>[0]): ReturnType<Project["verify"]> {
    const { verifyFiles } = await import("./housekeeping/verify-files.ts");
    return await verifyFiles(this.location, await this.#reader(), request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opening of new Set([this.#reading, this.#writing])) {
      const opened = await opening?.catch(() => undefined);
      await opened?.database[Symbol.asyncDispose]();
    }
  }

  /** Once: whoever runs the same request again means the configuration as it is by then. */
  async #plan(request: RunRequest): Promise<PlacedPlan> {
    const planned = this.#planned.get(request);
    this.#planned.delete(request);
    return planned ?? (await this.#planNow(request));
  }

  async #planNow(request: RunRequest): Promise<PlacedPlan> {
    const [{ planAndPlace }, { nameInputs }] = await Promise.all([import("./plan-request.ts"), import("./files/name-inputs.ts")]);
    const named = await nameInputs(request, this.location.root, () => this.#reader());
    return await planAndPlace(this.location, named, process.env);
  }

  #hasState(): boolean {
    const { file } = backendsOf(this.location, process.env).database;
    return file === undefined || stateFileExists(this.location, file);
  }

  /** For services that only look: a project in which nothing ran gets no state folder from being looked at. */
  #reader(): Promise<ProjectStore> {
    return this.#existing(async () => {
      this.#reading ??= this.#writing ?? openRecords(this.location, true);
      return (await this.#reading).store;
    });
  }

  async #existing(open: () => Promise<ProjectStore>): Promise<ProjectStore> {
    this.#requireState();
    return await open();
  }

  #requireState(): void {
    if (this.#hasState()) return;
    throw new HeadraceError("HR_NOT_FOUND", "nothing has run in this project yet", {
      hint: "`headrace run STEP` or `headrace run PIPELINE` starts a run",
    });
  }

  async #writer(): Promise<ProjectStore> {
    const { prepareStateFolder } = await import("./state-folder.ts");
    await prepareStateFolder(this.location);
    this.#writing ??= openRecords(this.location, false);
    return (await this.#writing).store;
  }
}

interface OpenedProject {
  readonly database: MetadataDatabase;
  readonly store: ProjectStore;
}

async function openRecords(location: ProjectLocation, readOnly: boolean): Promise<OpenedProject> {
  const { openDatabase } = await import("../store/index.ts");
  const { database: place, project } = backendsOf(location, process.env);
  const database = await openDatabase({ ...place, readOnly });
  try {
    return { database, store: await database.ensureProject(project) };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}
