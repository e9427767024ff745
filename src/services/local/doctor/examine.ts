import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { EnvironmentView, Examination, Finding } from "../../../api/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { definedOnly } from "../../installation/defined-variables.ts";
import { foreignState } from "../../installation/foreign-state.ts";
import type { Installation } from "../../installation/installation.ts";
import type { FolderLocation } from "../../installation/project-location.ts";
import { ProjectResources } from "../../installation/project-resources.ts";
import { findProject } from "../find-project.ts";
import { mending, ok, trouble } from "./finding.ts";
import {
  checkAccessTimes,
  checkClock,
  checkGit,
  checkNode,
  checkPython,
  checkSpace,
  checkTemporary,
  checkTracer,
  type Look,
} from "./machine-checks.ts";
import {
  checkBlobs,
  checkConfiguration,
  checkDatabase,
  checkStateFolder,
  type DatabaseLook,
} from "./project-checks.ts";

export interface ExamineOptions {
  /** The folder from which to look for the project, upwards; without one, the machine alone is looked at. */
  readonly cwd: string;
  readonly config?: string;
  readonly env: Installation["env"];
  readonly executorKinds?: Installation["executorKinds"];
  /** Time that each may take to answer; 1.5 s unless said otherwise. */
  readonly patienceMs?: number;
}

/** All are asked at once. A check that has not answered by then hangs, which is a finding, too. */
const PATIENCE_MS = 1_500;
/**
 * Programs take longer to start than a file to read: on a busy machine, a Python behind a version manager takes
 * seconds.
 */
const PROGRAM_PATIENCE_MS = 20_000;

/** Looks at everything that a run needs. Nothing is changed, and nothing is waited for. */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const project = await projectOf(options);
  // Loading takes its time, which is not that of whom we ask.
  await Promise.all([
    import("../../installation/load-settings.ts"),
    import("../../environments/list-environments.ts"),
    import("../../configuration/read-config.ts"),
    import("../../../store/index.ts"),
  ]);
  const env = definedOnly(options.env);
  const ask: Ask = (check, look) => askInTime(check, look, options.patienceMs ?? PATIENCE_MS);
  const patient = options.patienceMs ?? PROGRAM_PATIENCE_MS;
  // A little longer than the programs themselves have, so that the finding can say which of them was late.
  const askSlowly = (check: string, look: (patienceMs: number) => Promise<Look>) =>
    askInTime(check, () => look(patient), patient + 2_000);
  const folder = project instanceof HeadraceError ? options.cwd : existing(project.stateFolder, project.root);
  const findings = await Promise.all([
    ask("node", async () => checkNode()),
    ...(project instanceof HeadraceError
      ? [[{ check: "project", ...withoutProject(project) }]]
      : projectFindings(ask, project, options.env)),
    ask("disk", () => checkSpace(folder)),
    ask("temporary files", checkTemporary),
    ask("access times", async () => checkAccessTimes(folder)),
    ask("strace", async () => checkTracer(options.env.HEADRACE_TRACER)),
    askSlowly("git", (patience) =>
      checkGit(project instanceof HeadraceError ? options.cwd : project.root, env, patience),
    ),
    askSlowly("python", (patience) => checkPython(env, patience)),
    environmentFindings(
      ask,
      project instanceof HeadraceError ? { root: options.cwd, configFile: "", stateFolder: "" } : project,
      options,
    ),
  ]);
  const all = findings.flat();
  return { healthy: all.every(({ state }) => state !== "broken"), findings: all };
}

/** The project; or why there is none to be looked at. */
async function projectOf({ cwd, config }: ExamineOptions): Promise<FolderLocation | HeadraceError> {
  try {
    const location = findProject(config === undefined ? { cwd } : { cwd, config });
    return (await foreignState(location)) ?? location;
  } catch (error) {
    if (error instanceof HeadraceError) return error;
    throw error;
  }
}

function withoutProject({ code, message, hint }: HeadraceError): Omit<Finding, "check"> {
  return code === "HR_STORE_UNAVAILABLE"
    ? trouble("broken", message, hint ?? "")
    : trouble("absent", message, [{ do: "start-project" }, " starts one"]);
}

function projectFindings(
  ask: Ask,
  project: FolderLocation,
  env: ExamineOptions["env"],
): readonly Promise<readonly Finding[]>[] {
  return [
    ask("configuration", () => checkConfiguration(project)),
    ask("state folder", async () => checkStateFolder(project)),
    databaseFindings(ask, project, env),
    ask("stored files", () => checkBlobs(project, env)),
  ];
}

/** Returns what the database knows besides: times that a wrong clock gave, runs whose process has died. */
async function databaseFindings(
  ask: Ask,
  project: FolderLocation,
  env: ExamineOptions["env"],
): Promise<readonly Finding[]> {
  let seen: DatabaseLook | undefined;
  const database = await ask("database", async () => {
    seen = await checkDatabase(project, env);
    return seen.look;
  });
  const clock = await ask("clock", async () => checkClock(seen?.newest));
  if (seen === undefined || seen.unfinished.length === 0) return [...database, ...clock];
  const runs = await ask("runs", async () => await checkRuns(project, env, seen?.unfinished ?? []));
  return [...database, ...clock, ...runs];
}

async function checkRuns(
  project: FolderLocation,
  env: ExamineOptions["env"],
  unfinished: readonly number[],
): Promise<Look> {
  const { openProject } = await import("../open-project.ts");
  await using opened = await openProject({ cwd: project.root, config: project.configFile, env });
  const abandoned = (await opened.api.runs.listAbandoned()).map(({ number }) => number);
  const [first] = abandoned;
  if (first === undefined) return ok(`${unfinished.length} under way`);
  const names = abandoned.slice(0, 5).join(", ");
  return trouble("warning", `nobody drives ${abandoned.length === 1 ? `run ${first}` : `runs ${names}`} any more`, [
    { do: "resume" },
    " carries on, ",
    { do: "stop", ...(first === undefined ? {} : { run: first }) },
    " ends it",
  ]);
}

/** Each place where steps can run. Those that every installation has are no fault when they are absent. */
async function environmentFindings(
  ask: Ask,
  project: FolderLocation,
  { env, executorKinds }: ExamineOptions,
): Promise<readonly Finding[]> {
  // The sandbox is tried out in the state folder, which a look must not make.
  const isThere =
    project.stateFolder !== "" && statSync(project.stateFolder, { throwIfNoEntry: false })?.isDirectory() === true;
  const temporary = isThere ? undefined : mkdtempSync(join(tmpdir(), "headrace-doctor-"));
  try {
    const { describeEnvironment } = await import("../../environments/list-environments.ts");
    const location = temporary === undefined ? project : { ...project, stateFolder: temporary };
    const resources = ProjectResources.ofFolder(location, { env, sandbox: "auto", executorKinds });
    const settings = await resources.settings();
    const each = settings.environments.map((environment) =>
      ask(`environment ${environment.slug}`, async () => {
        const view = await describeEnvironment(environment, settings, resources);
        // If nobody has set an environment up, only one that may be absent is no fault.
        return checkEnvironment(
          view,
          environment.isConfigured || settings.kinds.of(environment).presence === undefined,
        );
      }),
    );
    return (await Promise.all(each)).flat();
  } catch (error) {
    if (!(error instanceof HeadraceError)) throw error;
    return [
      {
        check: "headrace.config.yaml",
        state: "broken",
        found: [error.message, ...error.details].join("\n"),
        ...mending(error.advice.hint),
      },
    ];
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

export function checkEnvironment(view: EnvironmentView, isExpected: boolean): Look {
  if (!view.healthy)
    return {
      state: isExpected ? "broken" : "absent",
      found: view.reason ?? "it does not work",
      mend: view.hint,
      advice: view.advice,
    };
  const { warning, ...details } = view.details;
  const words = Object.entries(details).map(([name, value]) => `${name} ${value}`);
  if (warning !== undefined)
    return trouble(
      "warning",
      warning,
      "install bubblewrap (the package of that name), and allow unprivileged user namespaces",
    );
  return ok(words.join(", "));
}

function existing(folder: string, otherwise: string): string {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? folder : otherwise;
}

type Ask = (check: string, look: () => Promise<Look>) => Promise<readonly Finding[]>;

async function askInTime(check: string, look: () => Promise<Look>, patienceMs: number): Promise<readonly Finding[]> {
  const clock = new AbortController();
  const late = delay(patienceMs, undefined, { signal: clock.signal })
    .then(
      // If this process itself was held up, the answer may be there already, and is only read in the next turn.
      () => delay(50, undefined, { signal: clock.signal }),
    )
    .then(
      (): Look => ({
        state: "unknown",
        found: `no answer within ${patienceMs / 1000} s`,
        ...mending("see whether it hangs"),
      }),
    );
  late.catch(() => undefined);
  try {
    return [{ check, ...(await Promise.race([look(), late])) }];
  } catch (error) {
    return [
      {
        check,
        state: "broken",
        found: error instanceof Error ? error.message : String(error),
        ...mending(error instanceof HeadraceError ? error.advice.hint : undefined),
      },
    ];
  } finally {
    clock.abort();
  }
}
