import type { DatumView, ExecutionView, NodeView, Page, RunView } from "../api/index.ts";
import type { RunRequest } from "../planning/index.ts";
import type { ExecutionQuery, ExecutionRecord, FileQuery, NodeQuery } from "../store/index.ts";
import type { Context } from "./context.ts";
import { findProject } from "./find-project.ts";
import { refuseForeignState } from "./foreign-state.ts";
import type { Variables } from "./installation.ts";
import { localActor } from "./local-actor.ts";
import type { PlacedPlan } from "./plan-request.ts";
import type { Project } from "./project.ts";
import type { ProjectLocation } from "./project-location.ts";
import { ProjectResources } from "./project-resources.ts";
import type { SandboxChoice } from "./sandbox-choice.ts";

export interface OpenProjectOptions {
  /** Where to look for the project, upwards. */
  readonly cwd: string;
  /** The configuration file itself, instead of looking for one. */
  readonly config?: string;
  readonly sandbox?: SandboxChoice;
  /** The variables of this process. */
  readonly env: Variables;
}

/**
 * Opens the project of a folder. Cheap: the database is opened by the first service that needs it, and the engine is loaded by the
 * first run, so that listing runs costs little more than starting Node. Throws HR_CONFIG_NOT_FOUND, HR_STORE_UNAVAILABLE.
 */
export async function openProject(options: OpenProjectOptions): Promise<Project> {
  const location = findProject(options);
  await refuseForeignState(location);
  return new LocalProject(new ProjectResources(location, { env: options.env, sandbox: options.sandbox ?? "auto" }));
}

const NO_PAGE = { items: [], next: null } as const;

class LocalProject implements Project {
  readonly #project: ProjectResources;
  readonly #context: Context;
  /** What `plan` said of a request, for the run that usually follows: planning a thousand nodes takes as long as looking up their results. */
  readonly #planned = new WeakMap<RunRequest, PlacedPlan>();

  constructor(project: ProjectResources) {
    this.#project = project;
    this.#context = { actor: localActor(), project };
  }

  get location(): ProjectLocation {
    return this.#project;
  }

  async loadConfig(): ReturnType<Project["loadConfig"]> {
    const { readConfig } = await import("./read-config.ts");
    return readConfig(this.#project);
  }

  async plan(request: Parameters<Project["plan"]>[0]): ReturnType<Project["plan"]> {
    const [planned, { redactPlan }] = await Promise.all([this.#planNow(request), import("./redact-plan.ts")]);
    this.#planned.set(request, planned);
    return redactPlan(planned.plan);
  }

  async predict(request: Parameters<Project["predict"]>[0]): ReturnType<Project["predict"]> {
    const [planned, { foresee }] = await Promise.all([this.#plan(request), import("./why/foresee.ts")]);
    return await foresee(this.#project, this.#project.hasState() ? await this.#project.reader() : undefined, planned);
  }

  async predictFrom(request: Parameters<Project["predictFrom"]>[0]): ReturnType<Project["predictFrom"]> {
    const [{ prepareFrom }, { checkPlaces }] = await Promise.all([import("./from/run-from.ts"), import("./why/foresee.ts")]);
    const { plan, warnings } = await prepareFrom(this.#project, await this.#project.reader(), request);
    await checkPlaces(this.#project, plan, await this.#project.reader());
    return { warnings };
  }

  async run(...[request, options]: Parameters<Project["run"]>): ReturnType<Project["run"]> {
    const [{ plan, warnings }, { runPlan }] = await Promise.all([this.#plan(request), import("./run-plan.ts")]);
    for (const message of warnings) options.onNotice?.({ kind: "warning", message });
    return await runPlan({ ...this.#context, store: await this.#project.writer() }, plan, options);
  }

  async planFrom(request: Parameters<Project["planFrom"]>[0]): ReturnType<Project["planFrom"]> {
    const [{ prepareFrom }, { redactPlan }] = await Promise.all([import("./from/run-from.ts"), import("./redact-plan.ts")]);
    return redactPlan((await prepareFrom(this.#project, await this.#project.reader(), request)).plan);
  }

  async runFrom(...[request, options]: Parameters<Project["runFrom"]>): ReturnType<Project["runFrom"]> {
    const [{ prepareFrom }, { runPlan }] = await Promise.all([import("./from/run-from.ts"), import("./run-plan.ts")]);
    const { plan, warnings } = await prepareFrom(this.#project, await this.#project.reader(), request);
    for (const message of warnings) options.onNotice?.({ kind: "warning", message });
    return await runPlan({ ...this.#context, store: await this.#project.writer() }, plan, options);
  }

  async captureCode(): Promise<string> {
    const { captureCode } = await import("./from/capture-code.ts");
    return await captureCode({ ...this.#context, store: await this.#project.writer() });
  }

  async compareSaves(request: Parameters<Project["compareSaves"]>[0]): ReturnType<Project["compareSaves"]> {
    const { compareSaves } = await import("./from/code-change.ts");
    return await compareSaves(this.#project, await this.#project.writer(), request);
  }

  async newestOfStep(step: string): Promise<number | undefined> {
    if (!this.#project.hasState()) return undefined;
    const { newestOfStep } = await import("./from/newest-of-step.ts");
    return await newestOfStep(await this.#project.reader(), step);
  }

  async localInputs(ref: string, step: string): ReturnType<Project["localInputs"]> {
    const { localInputs } = await import("./from/local-inputs.ts");
    return await localInputs(this.#project, await this.#project.reader(), ref, step);
  }

  async stampOf(uris: readonly string[]): Promise<string> {
    const { stampOf } = await import("./from/local-inputs.ts");
    return stampOf(this.#project, uris);
  }

  async planReproduction(ref: string): ReturnType<Project["planReproduction"]> {
    const [{ recordedPlan }, { redactPlan }] = await Promise.all([import("./from/reproduce.ts"), import("./redact-plan.ts")]);
    return redactPlan((await recordedPlan(await this.#project.reader(), ref)).plan);
  }

  async reproduce(...[ref, options]: Parameters<Project["reproduce"]>): ReturnType<Project["reproduce"]> {
    const { reproduce } = await import("./from/reproduce.ts");
    const store = await this.#project.existingWriter();
    return await reproduce({ ...this.#context, store }, ref, options);
  }

  async shell(...[subject, options]: Parameters<Project["shell"]>): Promise<number> {
    const { openShellIn } = await import("./shell/open-shell.ts");
    const open = subject.kind === "step" ? this.#project.writer() : this.#project.existingWriter();
    const setting = { ...this.#context, store: await open };
    return await openShellIn(setting, subject, (request) => this.#plan(request), options);
  }

  async resume(...[ref, options]: Parameters<Project["resume"]>): ReturnType<Project["resume"]> {
    const { resumeByRef } = await import("./resume.ts");
    return await resumeByRef({ ...this.#context, store: await this.#project.existingWriter() }, ref, options);
  }

  async runDetached(...[request, options]: Parameters<Project["runDetached"]>): ReturnType<Project["runDetached"]> {
    const [{ plan, warnings }, { detachRun }] = await Promise.all([this.#plan(request), import("./detach-run.ts")]);
    for (const message of warnings) options.onNotice?.({ kind: "warning", message });
    return await detachRun({ ...this.#context, store: await this.#project.writer() }, plan, options);
  }

  async attach(...[ref, options]: Parameters<Project["attach"]>): ReturnType<Project["attach"]> {
    const { attachToRun } = await import("./attach.ts");
    return await attachToRun(this.#project, await this.#project.reader(), ref, options);
  }

  async serve(options: Parameters<Project["serve"]>[0]): Promise<void> {
    const { serveProject } = await import("./serve-project.ts");
    await serveProject({ ...this.#context, store: await this.#project.writer() }, options);
  }

  async listAbandoned(): Promise<readonly RunView[]> {
    if (!this.#project.hasState()) return [];
    const { abandonedRuns } = await import("./resume.ts");
    return await abandonedRuns(this.#project, await this.#project.reader());
  }

  async listRuns(request: Parameters<Project["listRuns"]>[0]): ReturnType<Project["listRuns"]> {
    if (!this.#project.hasState()) return { columns: [], rows: [], unknownNames: [], knownNames: [] };
    const [store, { listRows }] = await Promise.all([this.#project.reader(), import("./lists/list-rows.ts")]);
    return await listRows(store, request);
  }

  async listExecutions(query: ExecutionQuery): Promise<Page<ExecutionView>> {
    if (!this.#project.hasState()) return NO_PAGE;
    const [store, { executionPage }] = await Promise.all([this.#project.reader(), import("./lists/pages.ts")]);
    return await executionPage(store, query);
  }

  async listNodes(ref: string, query: NodeQuery): Promise<Page<NodeView>> {
    const [store, { nodePage }] = await Promise.all([this.#project.reader(), import("./lists/pages.ts")]);
    return await nodePage(store, ref, query);
  }

  async listFiles(query: FileQuery): Promise<Page<DatumView>> {
    if (!this.#project.hasState()) return NO_PAGE;
    const [store, { filePage }] = await Promise.all([this.#project.reader(), import("./lists/pages.ts")]);
    return await filePage(store, query);
  }

  async listEnvironments(): ReturnType<Project["listEnvironments"]> {
    const { listEnvironments } = await import("./list-environments.ts");
    return await listEnvironments(await this.#project.settings(), this.#project);
  }

  async rebuildPythonEnvironments(): Promise<void> {
    const [{ markForRebuild }, { prepareStateFolder }] = await Promise.all([import("../executors/index.ts"), import("./state-folder.ts")]);
    await prepareStateFolder(this.#project);
    markForRebuild(this.#project.stateFolder);
  }

  async info(ref: string): ReturnType<Project["info"]> {
    const { describeSubject } = await import("./details.ts");
    return await describeSubject(await this.#project.reader(), ref);
  }

  async *logs(...[ref, options]: Parameters<Project["logs"]>): ReturnType<Project["logs"]> {
    const [{ readLogs }, { recordedFolder }] = await Promise.all([import("./read-logs.ts"), import("./placed-folder.ts")]);
    yield* readLogs(
      { store: await this.#project.reader(), folderOf: (execution) => recordedFolder(this.#project, execution) },
      ref,
      options,
    );
  }

  async *rawLogs(...[ref, stream]: Parameters<Project["rawLogs"]>): ReturnType<Project["rawLogs"]> {
    const [{ readRawLogs }, { recordedFolder }] = await Promise.all([import("./read-logs.ts"), import("./placed-folder.ts")]);
    yield* readRawLogs(
      { store: await this.#project.reader(), folderOf: (execution) => recordedFolder(this.#project, execution) },
      ref,
      stream,
    );
  }

  async *followLog(...[execution, options]: Parameters<Project["followLog"]>): ReturnType<Project["followLog"]> {
    const [{ followLog }, { recordedFolder }] = await Promise.all([import("./read-logs.ts"), import("./placed-folder.ts")]);
    const store = await this.#project.latest();
    const parts = { store, folderOf: (record: ExecutionRecord) => recordedFolder(this.#project, record) };
    yield* followLog(parts, execution, options);
  }

  async metrics(...[refs, request]: Parameters<Project["metrics"]>): ReturnType<Project["metrics"]> {
    const { collectSeries } = await import("./metrics/metric-series.ts");
    return await collectSeries(this.metricPoints(refs)(), request);
  }

  metricPoints(refs: readonly string[]): ReturnType<Project["metricPoints"]> {
    const [read, reader] = [() => import("./metrics/metric-points.ts"), () => this.#project.reader()];
    return async function* points() {
      const { readMetricPoints } = await read();
      yield* readMetricPoints(await reader(), refs);
    };
  }

  async findFiles(name: string): ReturnType<Project["findFiles"]> {
    const { findFiles } = await import("./files/find-files.ts");
    return await findFiles(await this.#project.reader(), name);
  }

  async *fileContent(file: DatumView): ReturnType<Project["fileContent"]> {
    const { fileContent } = await import("./files/file-content.ts");
    const blobs = await this.#project.blobs();
    yield* fileContent(blobs, file);
  }

  async label(...[ref, labels]: Parameters<Project["label"]>): ReturnType<Project["label"]> {
    const { labelRun } = await import("./label-run.ts");
    return await labelRun(this.#context, ref, labels);
  }

  async outputs(ref: string): Promise<readonly DatumView[]> {
    const { outputsOf } = await import("./details.ts");
    return await outputsOf(await this.#project.reader(), ref);
  }

  async downloadOutputs(...[ref, folder, options]: Parameters<Project["downloadOutputs"]>): Promise<readonly string[]> {
    const { downloadOutputs, outputsForDownload } = await import("./download/download-outputs.ts");
    const wanted = await outputsForDownload(await this.#project.reader(), ref);
    const blobs = await this.#project.blobs();
    const target = { folder, overwrite: options.overwrite, projectRoot: this.#project.root };
    return await downloadOutputs(blobs, wanted.outputs, { ...target, perNode: wanted.perNode });
  }

  async stop(ref: string): ReturnType<Project["stop"]> {
    const { stopSubject } = await import("./stop-subject.ts");
    return await stopSubject({ ...this.#context, store: await this.#project.existingWriter() }, ref);
  }

  async compare(refs: readonly string[]): ReturnType<Project["compare"]> {
    const { compareRefs } = await import("./compare/compare-refs.ts");
    return await compareRefs(this.#project, await this.#project.reader(), refs);
  }

  async why(ref: string): ReturnType<Project["why"]> {
    const { whyOf } = await import("./why/why.ts");
    return await whyOf(this.#project, await this.#project.reader(), ref);
  }

  async outsideCode(...[ref, paths]: Parameters<Project["outsideCode"]>): ReturnType<Project["outsideCode"]> {
    const { findOutsideCode } = await import("./outside-code.ts");
    return await findOutsideCode(this.#project, await this.#project.reader(), ref, paths);
  }

  async checkout(...[ref, folder]: Parameters<Project["checkout"]>): ReturnType<Project["checkout"]> {
    const { checkoutCode } = await import("./checkout-code.ts");
    return await checkoutCode(this.#project, await this.#project.reader(), ref, folder);
  }

  async migrate(...[request, onProgress]: Parameters<Project["migrate"]>): ReturnType<Project["migrate"]> {
    const { migrateProject } = await import("./migrate/migrate-project.ts");
    this.#project.requireState();
    return await migrateProject(this.#project, request, onProgress);
  }

  async removeRuns(refs: readonly string[]): ReturnType<Project["removeRuns"]> {
    const { removeRuns } = await import("./housekeeping/remove-runs.ts");
    return await removeRuns(this.#context, await this.#project.existingWriter(), refs);
  }

  async collectGarbage(request: Parameters<Project["collectGarbage"]>[0]): ReturnType<Project["collectGarbage"]> {
    const { gcProject } = await import("./housekeeping/gc-request.ts");
    return await gcProject(this.#context, await this.#project.existingWriter(), request);
  }

  async clearUpDaily(): ReturnType<Project["clearUpDaily"]> {
    const { clearUpDaily } = await import("./housekeeping/retention.ts");
    return await clearUpDaily(this.#context, await this.#project.writer());
  }

  async verify(request: Parameters<Project["verify"]>[0]): ReturnType<Project["verify"]> {
    const { verifyFiles } = await import("./housekeeping/verify-files.ts");
    return await verifyFiles(this.#project, await this.#project.reader(), request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#project[Symbol.asyncDispose]();
  }

  /** Once: whoever runs the same request again means the configuration as it is by then. */
  async #plan(request: RunRequest): Promise<PlacedPlan> {
    const planned = this.#planned.get(request);
    this.#planned.delete(request);
    return planned ?? (await this.#planNow(request));
  }

  async #planNow(request: RunRequest): Promise<PlacedPlan> {
    const [{ planAndPlace }, { nameInputs }] = await Promise.all([import("./plan-request.ts"), import("./files/name-inputs.ts")]);
    const named = await nameInputs(request, this.#project.root, () => this.#project.reader());
    return await planAndPlace(this.#project, named);
  }
}
