import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../ask-program.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { MachineFacts } from "../../machine/index.ts";
import { buildOnce } from "../../machine/index.ts";
import { removeTree } from "../../remove-tree.ts";
import type { JobSpec } from "../executor.ts";
import type { BuildPlace } from "../local/sandbox/confined-build.ts";
import { type Builder, buildEnvironment } from "./build.ts";
import { type BuildVariables, buildVariables } from "./build-variables.ts";
import { environmentHash } from "./environment-hash.ts";
import { baseOfPaths, COMPLETE, DOWNLOADS, type EnvironmentPlace, environmentPlace } from "./environment-place.ts";
import { runInstaller } from "./installer.ts";
import { findInterpreter, type Interpreter } from "./interpreter.ts";
import { type Requirements, readRequirements } from "./requirements.ts";

export interface PythonEnvironmentRequest {
  /** The folder of all environments (environment-place.ts). */
  readonly folder: string;
  /** The project's state folder, or what stands for it: when all was last to be built anew is noted there. */
  readonly stateFolder: string;
  /** The checked-out repository, in which requirements files and local packages stand. */
  readonly repository: string;
  readonly python: NonNullable<JobSpec["python"]>;
  /** The variables that every build gets of Headrace's environment, all of that, and the step's own variables. */
  readonly passedOn: Readonly<Record<string, string>>;
  readonly base: Readonly<Record<string, string | undefined>>;
  readonly step: Readonly<Record<string, string>>;
  /** Takes the output of a build that failed. */
  readonly keepFailure?: (output: Uint8Array) => void;
  /** The facts that are known of this machine. */
  readonly machine: MachineFacts;
  readonly report: (detail: string) => void;
  readonly signal: AbortSignal;
  /** Returns the command that build commands are to run in; absent without a sandbox. */
  readonly confine?: (place: BuildPlace) => readonly string[];
}

export interface PythonEnvironment {
  readonly hash: string;
  /** The version of Python itself. */
  readonly version: string;
}

/** Builds the environment that a step asks for, unless it exists: once per content, whoever asks first. */
export async function ensurePythonEnvironment(request: PythonEnvironmentRequest): Promise<PythonEnvironment> {
  const repository = realpathSync.native(request.repository);
  const requirements = readRequirements(repository, request.python);
  const { passedOn, base, step, python } = request;
  const variables = buildVariables({ passedOn, base, step, own: python.environment ?? {} });
  const interpreter = await findInterpreter(python.version ?? requirements.version, passedOn);
  const isBoxed = request.confine !== undefined;
  const rebuilt = readRebuildMark(request.stateFolder);
  const chosen = (builder: Builder): Chosen => {
    const paths = baseOfPaths(request.folder, isBoxed);
    const facts = { requirements, repository, interpreter, builder: builder.kind, variables, base: paths, rebuilt };
    const hash = environmentHash(facts);
    return { hash, place: environmentPlace(request.folder, hash, isBoxed), builder };
  };
  const { hash, place, builder } = await chooseBuilder(request, requirements, chosen);
  await buildOnce({
    path: `${place.source}.lock`,
    isDone: () => existsSync(join(place.source, COMPLETE)),
    build: () => build({ request, repository, requirements, variables, interpreter, builder, place }),
    onWait: () => request.report("Waiting for another run that builds the same Python environment"),
    signal: request.signal,
  });
  noteUse(join(place.source, COMPLETE));
  return { hash, version: interpreter.version };
}

interface Chosen {
  readonly hash: string;
  readonly place: EnvironmentPlace;
  readonly builder: Builder;
}

/**
 * uv where there is one that can be run where builds run; what it and pip install can differ, so each has environments
 * of its own.
 */
async function chooseBuilder(
  request: PythonEnvironmentRequest,
  requirements: Requirements,
  chosen: (builder: Builder) => Chosen,
): Promise<Chosen> {
  const program = findProgram("uv", request.passedOn.PATH ?? "");
  if (program !== undefined) {
    const withUv = chosen({ kind: "uv", program });
    if (existsSync(join(withUv.place.source, COMPLETE)) || (await runsInSandbox(program, request))) return withUv;
  }
  if (requirements.project?.kind === "uv-lock") {
    throw new HeadraceError("HR_PYTHON_ENVIRONMENT", "uv.lock can be read by uv alone, which is not here", {
      hint: "install uv (https://docs.astral.sh/uv), or export the file: uv export --format requirements-txt > requirements.txt",
    });
  }
  return chosen({ kind: "pip" });
}

/** A uv that lies where the sandbox shows nothing (a temporary folder) is there and cannot be run. */
function runsInSandbox(program: string, request: PythonEnvironmentRequest): Promise<boolean> {
  if (request.confine === undefined) return Promise.resolve(true);
  return request.machine.once(askInSandbox, program, () => askInSandbox(program, request));
}

async function askInSandbox(
  program: string,
  { folder, confine, passedOn, signal }: PythonEnvironmentRequest,
): Promise<boolean> {
  const place = join(folder, `.building-${randomBytes(8).toString("hex")}`);
  const source = join(place, "environment");
  const stage = join(place, "valohai/repository");
  try {
    for (const path of [source, stage, join(place, "cache")]) mkdirSync(path, { recursive: true, mode: 0o700 });
    const within =
      confine?.({
        folder: place,
        target: { path: "/.headrace/environments/none", source },
        mayWrite: false,
        cache: join(place, "cache"),
        programs: [program],
      }) ?? [];
    const common = {
      environment: { ...passedOn },
      log: join(place, "log"),
      redact: (text: string) => text,
      report: () => undefined,
    };
    const end = await runInstaller({ within, program, arguments: ["--version"], folder: stage, signal, ...common });
    return end.outcome === undefined;
  } finally {
    await removeTree(place);
  }
}

interface BuildParts {
  readonly request: PythonEnvironmentRequest;
  readonly repository: string;
  readonly requirements: Requirements;
  readonly variables: BuildVariables;
  readonly interpreter: Interpreter;
  readonly builder: Builder;
  readonly place: EnvironmentPlace;
}

/**
 * In a sandbox, aside, and put into its place when it is complete: what a crash leaves is never taken for an
 * environment, nor is what two machines build at a time in a home folder that they share. Without one, at its place,
 * since virtual environments know their own.
 */
async function build(parts: BuildParts): Promise<void> {
  const { request, place, interpreter, requirements, variables, builder } = parts;
  const aside = join(request.folder, `.building-${randomBytes(8).toString("hex")}`);
  const isBoxed = request.confine !== undefined;
  const target = isBoxed ? { path: place.path, source: join(aside, "environment") } : place;
  const log = `${place.source}.log`;
  await removeTree(place.source);
  rmSync(log, { force: true });
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  const { repository } = parts;
  const { folder, report, signal, confine } = request;
  try {
    await buildEnvironment({
      ...{
        place: target,
        folder: aside,
        downloads: join(folder, DOWNLOADS),
        requirements,
        repository,
        interpreter,
        builder,
        variables,
      },
      ...{ log, report, signal, ...(confine === undefined ? {} : { confine }) },
    });
    const complete = join(target.source, COMPLETE);
    // An installed package may have put a link there, to have us write wherever it leads.
    rmSync(complete, { recursive: true, force: true });
    const lines = requirements.lines.map(({ text }) => variables.redact(text));
    const content = {
      interpreter,
      builder: builder.kind,
      isLocal: requirements.localSources.length > 0,
      requirements: lines,
    };
    writeFileSync(complete, JSON.stringify(content, null, 2), { flag: "wx" });
    if (isBoxed) moveIntoPlace(target.source, place.source);
  } catch (error) {
    if (existsSync(log)) request.keepFailure?.(readFileSync(log));
    throw toldAsDiskFull(error);
  } finally {
    await removeTree(aside);
  }
}

/** Somebody on another machine may have been first: then his is as good. */
function moveIntoPlace(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    const code = systemErrorCode(error);
    if ((code !== "ENOTEMPTY" && code !== "EEXIST") || !existsSync(join(to, COMPLETE))) throw error;
  }
}

function toldAsDiskFull(error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new HeadraceError("HR_DISK_FULL", "there is no room on the disk to build the Python environment", {
    hint: ["make room (", { do: "clean-up" }, "), or name a folder on another disk: HEADRACE_PYTHON_ENVIRONMENTS"],
    cause: error,
  });
}

/** The Python from which an environment was made, as was noted when it was complete. */
export function interpreterBehind(folder: string): string | undefined {
  try {
    const { interpreter } = JSON.parse(readFileSync(join(folder, COMPLETE), "utf8")) as {
      readonly interpreter?: Partial<Interpreter>;
    };
    return interpreter?.path === undefined ? undefined : realpathSync.native(interpreter.path);
  } catch {
    // Gone, or of an earlier version: then nothing is compiled beforehand.
    return undefined;
  }
}

/** Housekeeping removes environments that nothing has used for long. */
function noteUse(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Somebody else's environment, which may be used and not be written to.
  }
}

const REBUILD_MARK = "rebuild-environments";

/** From now on this project's Python environments are built anew: what an index has may have changed without a sign. */
export function markForRebuild(stateFolder: string): void {
  writeFileSync(join(stateFolder, REBUILD_MARK), randomBytes(8).toString("hex"));
}

function readRebuildMark(stateFolder: string): string | undefined {
  try {
    return readFileSync(join(stateFolder, REBUILD_MARK), "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
