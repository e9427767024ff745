import type { PlanView, ProjectApi } from "../../api/index.ts";
import type { Tracer } from "../../telemetry/index.ts";
import type { LintedConfig } from "../configuration/lint-file.ts";
import type { Context } from "../context.ts";
import type { EngineSetting } from "../installation/assemble-engine.ts";
import { refuseForeignState } from "../installation/foreign-state.ts";
import type { Installation, Variables } from "../installation/installation.ts";
import { openTracer } from "../installation/open-tracer.ts";
import type { FolderLocation } from "../installation/project-location.ts";
import { ProjectResources } from "../installation/project-resources.ts";
import type { SandboxChoice } from "../installation/sandbox-choice.ts";
import { projectApi } from "../project-api.ts";
import { findProject } from "./find-project.ts";
import { folderOf } from "./folder-of.ts";
import { localActor } from "./local-actor.ts";
import type { Development, Driving, LocalProject, Upkeep } from "./local-project.ts";

export interface OpenProjectOptions {
  /** The folder from which to look for the project, upwards. */
  readonly cwd: string;
  /** The configuration file itself, instead of looking for one. */
  readonly config?: string;
  readonly sandbox?: SandboxChoice;
  /** The variables of this process. */
  readonly env: Variables;
  readonly executorKinds?: Installation["executorKinds"];
}

/**
 * Opens the project of a folder. Cheap: the database is opened by the first service that needs it, and the engine is
 * loaded by the first run, so that listing runs costs little more than starting Node. Throws HR_CONFIG_NOT_FOUND,
 * HR_STORE_UNAVAILABLE.
 */
export async function openProject(options: OpenProjectOptions): Promise<LocalProject> {
  const location = findProject(options);
  await refuseForeignState(location);
  const { env, sandbox = "auto", executorKinds } = options;
  // Variables of OpenTelemetry may be meant for other programs: what is wrong with them keeps nobody from working.
  const tracer = await openTracer(env).catch(() => undefined);
  const project = ProjectResources.ofFolder(location, { env, sandbox, executorKinds, tracer });
  const traceparent = tracer === undefined ? undefined : env.TRACEPARENT;
  return new FolderProject(location, {
    ...{ actor: localActor(), project, now: Date.now },
    ...(traceparent !== undefined && { traceparent }),
  });
}

class FolderProject implements LocalProject {
  readonly #context: Context;
  readonly #project: ProjectResources;
  readonly api: ProjectApi;
  readonly driving: Driving;
  readonly development: Development;
  readonly upkeep: Upkeep;

  readonly location: FolderLocation;

  constructor(location: FolderLocation, context: Context) {
    this.location = location;
    this.#context = context;
    this.#project = context.project;
    this.api = projectApi(context);
    this.driving = drivingOf(context);
    this.development = developmentOf(context);
    this.upkeep = upkeepOf(context);
  }

  get tracer(): Tracer | undefined {
    return this.#project.tracer;
  }

  get userName(): string {
    return this.#project.identity.owner;
  }

  apiFor(asker: Parameters<LocalProject["apiFor"]>[0]): ProjectApi {
    return projectApi({ ...this.#context, ...asker });
  }

  async valohaiFor(asker: Parameters<LocalProject["valohaiFor"]>[0]): ReturnType<LocalProject["valohaiFor"]> {
    const { valohaiApi } = await import("../valohai/valohai-api.ts");
    return valohaiApi({ ...this.#context, ...asker });
  }

  async hideSecrets(text: string): Promise<string> {
    const { hideInStepText } = await import("../variables/hidden-secrets.ts");
    return await hideInStepText(this.#project, text);
  }

  async openRecords(): ReturnType<LocalProject["openRecords"]> {
    const { database, store } = await this.#project.openRecords();
    return { database, record: store.project };
  }

  async shell(...[subject, options]: Parameters<LocalProject["shell"]>): Promise<number> {
    const [{ openShellIn }, { planNow }] = await Promise.all([
      import("./shell/open-shell.ts"),
      import("../plans/create-plan.ts"),
    ]);
    const setting = await (subject.kind === "recorded" || subject.request.from !== undefined
      ? changing(this.#context)
      : recording(this.#context));
    return await openShellIn(setting, subject, (request) => planNow(this.#context, request), options);
  }

  async lintCommit(commit: string): Promise<LintedConfig> {
    const [{ lintCode }, { openProjectCode }] = await Promise.all([
      import("../configuration/lint-code.ts"),
      import("../configuration/project-code.ts"),
    ]);
    return await lintCode(await openProjectCode(this.#project, commit));
  }

  async checkout(...[ref, folder]: Parameters<LocalProject["checkout"]>): ReturnType<LocalProject["checkout"]> {
    const { checkoutCode } = await import("./checkout-code.ts");
    return await checkoutCode(this.#project, await this.#project.reader(), ref, folder);
  }

  async downloadOutputs(
    ...[ref, folder, options]: Parameters<LocalProject["downloadOutputs"]>
  ): Promise<readonly string[]> {
    const { downloadOutputs, outputsForDownload } = await import("./download/download-outputs.ts");
    const { outputs, perNode } = await outputsForDownload(this.#context, ref, options.name);
    const blobs = await this.#project.blobs();
    const target = { folder, overwrite: options.overwrite, projectRoot: folderOf(this.#project).root };
    return await downloadOutputs(blobs, outputs, { ...target, perNode });
  }

  async outsideCode(...[ref, paths]: Parameters<LocalProject["outsideCode"]>): ReturnType<LocalProject["outsideCode"]> {
    const { findOutsideCode } = await import("./outside-code.ts");
    return await findOutsideCode(this.#project, await this.#project.reader(), ref, paths);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#project[Symbol.asyncDispose]();
    await this.tracer?.[Symbol.asyncDispose]();
  }
}

/** For services that may be the first to record something. */
async function recording(context: Context): Promise<EngineSetting> {
  return { ...context, store: await context.project.writer() };
}

/** For services about what is recorded already. */
async function changing(context: Context): Promise<EngineSetting> {
  return { ...context, store: await context.project.existingWriter() };
}

function drivingOf(context: Context): Driving {
  const { project } = context;
  return {
    run: async (id, options) => {
      const { runPlan } = await import("../runs/run-plan.ts");
      return await runPlan(await recording(context), project.plans.take(id), options);
    },
    planReproduction: async (ref): Promise<Pick<PlanView, "name" | "nodes">> => {
      const [{ recordedPlan }, { shownPlan }] = await Promise.all([
        import("./reproduce.ts"),
        import("../plans/create-plan.ts"),
      ]);
      return shownPlan((await recordedPlan(await project.reader(), ref)).plan);
    },
    reproduce: async (ref, options) => {
      const { reproduce } = await import("./reproduce.ts");
      return await reproduce(await changing(context), ref, options);
    },
    resume: async (ref, options) => {
      const { resumeByRef } = await import("./resume.ts");
      return await resumeByRef(await changing(context), ref, options);
    },
    ensureEngine: async (run) => {
      const { ensureEngine } = await import("./ensure-engine.ts");
      await ensureEngine(await changing(context), run);
    },
    attach: async (ref, options) => {
      const { attachToRun } = await import("./attach.ts");
      return await attachToRun(project, await project.reader(), ref, options);
    },
    finishStop: async (ref) => {
      const { finishStop } = await import("./finish-stop.ts");
      return await finishStop(await changing(context), ref);
    },
    runEngine: async (options) => {
      const { runEngine } = await import("./run-engine.ts");
      await runEngine(await recording(context), options);
    },
  };
}

function developmentOf(context: Context): Development {
  const { project } = context;
  return {
    captureCode: async () => {
      const { captureCode } = await import("./dev/capture-code.ts");
      return await captureCode(await recording(context));
    },
    compareSaves: async (request) => {
      const { compareSaves } = await import("./dev/code-change.ts");
      return await compareSaves(project, await project.writer(), request);
    },
    newestOfStep: async (step) => {
      if (!project.hasState()) return undefined;
      const { newestOfStep } = await import("./dev/newest-of-step.ts");
      return await newestOfStep(await project.reader(), step);
    },
    localInputs: async (ref, step) => {
      const { localInputs } = await import("./dev/local-inputs.ts");
      return await localInputs(project, await project.reader(), ref, step);
    },
    stampOf: async (uris) => {
      const { stampOf } = await import("./dev/local-inputs.ts");
      return stampOf(project, uris);
    },
  };
}

function upkeepOf(context: Context): Upkeep {
  const { project } = context;
  return {
    collectGarbage: async (request) => {
      const { gcProject } = await import("../housekeeping/gc-request.ts");
      return await gcProject(context, await project.existingWriter(), request);
    },
    clearUpDaily: async () => {
      const { clearUpDaily } = await import("../housekeeping/retention.ts");
      return await clearUpDaily(context, await project.writer());
    },
    verify: async (request) => {
      const { verifyFiles } = await import("../housekeeping/verify-files.ts");
      return await verifyFiles(project, await project.reader(), request);
    },
    backup: async (folder) => {
      const { backupProject } = await import("./backup/backup-project.ts");
      project.requireState();
      return await backupProject(project, folder, context.now());
    },
    restore: async (folder) => (await import("./backup/restore-project.ts")).restoreProject(project, folder),
    migrate: async (request, onProgress) => {
      const { migrateProject } = await import("./migrate/migrate-project.ts");
      project.requireState();
      return await migrateProject(project, request, onProgress);
    },
    rotateKeys: async (request) => {
      const { rotateKeys } = await import("../variables/rotate-keys.ts");
      return await rotateKeys(context, request);
    },
    rebuildPythonEnvironments: async () => {
      const [{ markForRebuild }, { prepareStateFolder }] = await Promise.all([
        import("../../executors/index.ts"),
        import("../installation/state-folder.ts"),
      ]);
      await prepareStateFolder(folderOf(project));
      markForRebuild(project.stateFolder);
    },
  };
}
