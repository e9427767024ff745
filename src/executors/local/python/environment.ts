import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { findProgram } from "../../../ask-program.ts";
import { executionFolder } from "../../../contract/index.ts";
import { removeTree } from "../../../remove-tree.ts";
import type { JobSpec } from "../../executor.ts";
import type { BuildPlace } from "../sandbox/confined-build.ts";
import { buildOnce } from "./build-lock.ts";
import { runInstaller } from "./installer.ts";
import { findInterpreter, type Interpreter } from "./interpreter.ts";
import { type Requirements, readRequirements } from "./requirements.ts";

export interface PythonEnvironmentRequest {
  readonly stateFolder: string;
  /** The checked-out repository, in which requirements files and local packages stand. */
  readonly repository: string;
  readonly python: NonNullable<JobSpec["python"]>;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (detail: string) => void;
  readonly signal: AbortSignal;
  /** What build commands are to run in; absent without a sandbox. */
  readonly confine?: (place: BuildPlace) => readonly string[];
}

export interface PythonEnvironment {
  readonly hash: string;
  /** Of Python itself. */
  readonly version: string;
}

/** Raised when environments come to be built differently, so that old ones are not taken for new ones. */
const BUILD_FORMAT = 2;
/** Written last: without it the folder is what a crash left of a build. */
const COMPLETE = ".headrace-complete";
/** Not source: what builds and tools leave in a package's folder. */
const NOT_SOURCE = /^(\.git|__pycache__|build|\.venv|node_modules|.*\.egg-info)$/;

export function pythonEnvironmentFolder(stateFolder: string, hash: string): string {
  return join(stateFolder, "environments", hash);
}

/** Builds the environment that a step asks for, unless it exists: once per content, whoever asks first. */
export async function ensurePythonEnvironment(request: PythonEnvironmentRequest): Promise<PythonEnvironment> {
  const requirements = readRequirements(request.repository, request.python);
  const interpreter = await findInterpreter(request.python.version, request.environment);
  const hash = environmentHash(requirements, interpreter);
  const folder = pythonEnvironmentFolder(request.stateFolder, hash);
  mkdirSync(join(request.stateFolder, "environments"), { recursive: true });
  await buildOnce({
    path: `${folder}.lock`,
    isDone: () => existsSync(join(folder, COMPLETE)),
    build: () => build(folder, requirements, interpreter, request),
    onWait: () => request.report("Waiting for another run that builds the same Python environment"),
    signal: request.signal,
  });
  noteUse(join(folder, COMPLETE));
  return { hash, version: interpreter.version };
}

/** The Python from which an environment was made, as was noted when it was complete. */
export function interpreterBehind(folder: string): string | undefined {
  try {
    const { interpreter } = JSON.parse(readFileSync(join(folder, COMPLETE), "utf8")) as { readonly interpreter?: Partial<Interpreter> };
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

/** What names the folder: content alone, never the places where it stood. */
export function environmentHash(requirements: Requirements, interpreter: Interpreter): string {
  const sources = requirements.localSources.map((path) => [basename(path), sourceHash(path)]);
  const { lines, constraints } = requirements;
  // A set of requirements means the same in any order, save that options hold for the whole file either way.
  const content = { format: BUILD_FORMAT, lines: [...lines].sort(), constraints: [...constraints].sort(), sources, interpreter };
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

function sourceHash(path: string): string {
  const hash = createHash("sha256");
  const visit = (file: string, name: string): void => {
    const stats = lstatSync(file);
    if (stats.isSymbolicLink()) hash.update(`${name}\0link\0${readlinkSync(file)}\0`);
    else if (stats.isDirectory()) {
      for (const entry of readdirSync(file).sort()) if (!NOT_SOURCE.test(entry)) visit(join(file, entry), `${name}/${entry}`);
    } else {
      const content = readFileSync(file);
      hash.update(`${name}\0${content.length}\0`).update(content);
    }
  };
  visit(path, "");
  return hash.digest("hex");
}

/**
 * At the final path, since virtual environments know their own; local sources are built from a copy, because builds write
 * into the source folder, which here is the step's repository.
 */
async function build(
  folder: string,
  requirements: Requirements,
  interpreter: Interpreter,
  request: PythonEnvironmentRequest,
): Promise<void> {
  const place = `${folder}.build`;
  const stage = executionFolder(place).repository;
  const log = `${folder}.log`;
  await Promise.all([removeTree(folder), removeTree(place)]);
  rmSync(log, { force: true });
  request.report(`Building a Python ${interpreter.version} environment`);
  try {
    const files = stageRequirements(stage, requirements, request.repository);
    const { report, signal, confine } = request;
    mkdirSync(folder);
    const within = confine?.({ folder: place, target: folder, reads: [request.repository] }) ?? [];
    const { TMPDIR, ...inherited } = request.environment;
    const environment = {
      // In there /tmp itself is the build's own.
      ...(confine === undefined && TMPDIR !== undefined ? { ...inherited, TMPDIR } : inherited),
      // A link would let who can write to the cache write to the environment, too; and it cannot be had across mounts.
      UV_LINK_MODE: "copy",
      NO_COLOR: "1",
      PIP_DISABLE_PIP_VERSION_CHECK: "1",
      PIP_NO_INPUT: "1",
      PIP_PROGRESS_BAR: "off",
    };
    for (const [program, ...rest] of buildCommands(folder, files, interpreter, findProgram("uv", request.environment.PATH ?? ""))) {
      await runInstaller({ within, program, arguments: rest, folder: stage, environment, log, report, signal });
    }
    const complete = join(folder, COMPLETE);
    // What was installed may have put a link there, to have us write wherever it leads.
    rmSync(complete, { recursive: true, force: true });
    const content = { format: BUILD_FORMAT, interpreter, requirements: requirements.lines };
    writeFileSync(complete, JSON.stringify(content, null, 2), { flag: "wx" });
  } finally {
    await removeTree(place);
  }
}

/** Writes what is to be installed; returns pip's arguments for it, none when it is nothing. */
function stageRequirements(stage: string, requirements: Requirements, repository: string): readonly string[] {
  mkdirSync(stage, { recursive: true });
  const staged = requirements.localSources.map((source, index) => {
    const copy = join(stage, String(index), basename(source));
    cpSync(source, copy, { recursive: true, filter: (path) => path === source || !NOT_SOURCE.test(basename(path)) });
    return `./${index}/${basename(source)}`;
  });
  const lines = requirements.lines.map((line) =>
    line.replace(/\{local:(\d+)\}/, (_, index: string) => staged[Number(index)] ?? "").replace("{repository}", () => repository),
  );
  if (lines.length === 0) return [];
  writeFileSync(join(stage, "requirements.txt"), `${lines.join("\n")}\n`);
  if (requirements.constraints.length === 0) return ["-r", "requirements.txt"];
  writeFileSync(join(stage, "constraints.txt"), `${requirements.constraints.join("\n")}\n`);
  return ["-r", "requirements.txt", "-c", "constraints.txt"];
}

type Command = readonly [string, ...string[]];

/** Bytecode is compiled now: the steps see the environment read-only. */
function buildCommands(folder: string, files: readonly string[], interpreter: Interpreter, uv: string | undefined): readonly Command[] {
  const python = join(folder, "bin/python");
  if (uv !== undefined) {
    const make: Command = [uv, "venv", "--no-project", "--python", interpreter.path, folder];
    return files.length === 0 ? [make] : [make, [uv, "pip", "install", "--compile-bytecode", "--python", python, ...files]];
  }
  if (files.length === 0) return [[interpreter.path, "-m", "venv", "--without-pip", folder]];
  return [
    [interpreter.path, "-m", "venv", folder],
    [python, "-m", "pip", "install", ...files],
  ];
}
