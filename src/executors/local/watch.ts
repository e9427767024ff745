import { mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../ask-program.ts";
import {
  CALL_LOG_BEGINNING,
  callsFile,
  learningFile,
  NOTES_BEGINNING,
  notesFile,
  planWatch,
  readLearned,
  traceFolder,
  traceModule,
  writeWatchRecord,
} from "../../code-tracing/index.ts";
import type { ExecutionFolder } from "../../contract/index.ts";
import { systemErrorCode } from "../../errors.ts";
import type { MachineFacts } from "../../machine/index.ts";
import type { MachineLook } from "./sandbox/machine-look.ts";
import { WATCH_IN_VIEW } from "./sandbox/view.ts";

export interface WatchRequest {
  readonly look: MachineLook;
  readonly machine: MachineFacts;
  readonly folder: ExecutionFolder;
  readonly command: readonly string[];
  /** All variables of the step. */
  readonly environment: Readonly<Record<string, string>>;
  /** The step's repository as it sees it. */
  readonly repository: string;
  readonly sandboxed: boolean;
  readonly projectRoot: string;
  /** If the step sees its version in the project's place: the paths that are the folder's own there. */
  readonly ownOfProject: readonly string[] | undefined;
  /** The folder of kept caches as the step sees it. */
  readonly keptCache: string | undefined;
  readonly cacheFolder: string;
  /** The step's Python environment: where it stands for the step, and where it is. */
  readonly pythonEnvironment: { readonly path: string; readonly source: string } | undefined;
  /** The folders where Headrace's own environment looks for programs. */
  readonly searchPath: string;
  /** The tracer of system calls that works in the step's sandbox. */
  readonly tracer: string | undefined;
  /** The Python from which the step's environment was made, if it has one. */
  readonly interpreter: string | undefined;
}

export interface StartedWatch {
  readonly environment: Readonly<Record<string, string>>;
  /** Folders that a sandbox has to show. */
  readonly folders?: { readonly module: string; readonly notes: string };
  /** By which the step is to be started. */
  readonly tracer?: string;
}

/**
 * Has the Python processes of a step note what they look for in the repository (code-tracing/), where all of the step
 * is such processes or a tracer sees the others; else says why not. The step's own variables stay as they are, save
 * that a folder comes before its PYTHONPATH.
 */
export async function startWatch(request: WatchRequest): Promise<StartedWatch> {
  const { folder, environment, repository } = request;
  const plan = planWatch({ ...request, environment: asOnDisk(request) });
  const learning =
    plan.kind === "watched" && request.tracer !== undefined
      ? learningFile(request.cacheFolder, plan.interpreters, plan.scripts)
      : undefined;
  const isPlain = learning !== undefined && readLearned(learning) === "plain";
  const tracer = isPlain ? undefined : request.tracer;
  if (plan.kind === "opaque" && tracer === undefined) {
    writeWatchRecord(folder.control, { repository, starts: 0, why: plan.why });
    return { environment };
  }
  const interpreters = plan.kind === "watched" ? plan.interpreters : [];
  const notes = traceFolder(folder.root);
  const wanted = plan.kind === "watched" ? interpreters : [request.interpreter].filter((path) => path !== undefined);
  const known = wanted.length === 0 ? [] : request.look.ask(ownInterpreters, request.searchPath, request.interpreter);
  const module = await traceModule(
    request.machine,
    request.cacheFolder,
    wanted.filter((interpreter) => known.includes(interpreter)),
  );
  makeTraceFolder(notes, join(folder.control, `trace.${process.pid}`), tracer !== undefined);
  const own = request.ownOfProject;
  const project = { root: request.projectRoot, startedAt: Date.now(), ...(own === undefined ? {} : { own }) };
  const asked = plan.kind === "watched" && plan.asked !== undefined ? { asked: plan.asked } : {};
  const why = plan.kind === "opaque" ? { why: plan.why } : {};
  const learns = learning === undefined ? {} : { learning };
  const cache = request.keptCache === undefined ? {} : { cache: request.keptCache };
  const record = {
    repository,
    project,
    ...cache,
    traced: tracer !== undefined,
    starts: interpreters.length,
    ...learns,
    ...asked,
    ...why,
  };
  writeWatchRecord(folder.control, record);
  const seen = request.sandboxed ? WATCH_IN_VIEW : { module, notes };
  return {
    environment: {
      ...environment,
      PYTHONPATH: [seen.module, environment.PYTHONPATH].filter(Boolean).join(":"),
      HEADRACE_TRACE: notesFile(seen.notes),
      HEADRACE_TRACE_ROOT: repository,
      HEADRACE_TRACE_PROJECT: request.projectRoot,
      ...(request.keptCache === undefined ? {} : { HEADRACE_TRACE_CACHE: request.keptCache }),
    },
    folders: { module, notes },
    ...(tracer === undefined ? {} : { tracer }),
  };
}

/**
 * Makes the folder of the trace. If several engines start the step at once, one has its way, and what its step has
 * written by then must stay. One that died left the same.
 */
function makeTraceFolder(folder: string, aside: string, traced: boolean): void {
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  writeFileSync(notesFile(aside), NOTES_BEGINNING, { mode: 0o600 });
  if (traced) writeFileSync(callsFile(aside), `${CALL_LOG_BEGINNING}\n`, { mode: 0o600 });
  try {
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true });
    const code = systemErrorCode(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

/**
 * The Pythons that may run outside of the sandbox, to compile the module that watches: those of the user's own search
 * path, and the one from which Headrace made the step's environment (not the one in it, which a package can replace). A
 * step may name any program by its path (`/proc/self/cwd/bin/python3`), one of its repository too.
 */
function ownInterpreters(searchPath: string, interpreter: string | undefined): readonly string[] {
  const names = ["python3", "python", ...Array.from({ length: 12 }, (_, index) => `python3.${index + 6}`)];
  const found = names.map((name) => findProgram(name, searchPath)).filter((path) => path !== undefined);
  const built = interpreter === undefined ? [] : [interpreter];
  return [...found, ...built].map(realPath);
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return path;
  }
}

/** The step's variables with the place of its Python environment on the disk, where programs can be looked at. */
function asOnDisk({ environment, pythonEnvironment: placed }: WatchRequest): Readonly<Record<string, string>> {
  if (placed === undefined || placed.path === placed.source) return environment;
  const search = (environment.PATH ?? "")
    .split(":")
    .map((folder) => (folder === `${placed.path}/bin` ? `${placed.source}/bin` : folder));
  return { ...environment, PATH: search.join(":") };
}
