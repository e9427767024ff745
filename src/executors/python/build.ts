import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readBounded } from "../../bounded-file.ts";
import { executionFolder } from "../../contract/index.ts";
import { HeadraceError } from "../../errors.ts";
import { removeTree } from "../../remove-tree.ts";
import type { BuildPlace } from "../local/sandbox/confined-build.ts";
import { buildFailure } from "./build-errors.ts";
import type { BuildVariables } from "./build-variables.ts";
import type { EnvironmentPlace } from "./environment-place.ts";
import { indexOptions } from "./index-options.ts";
import { type InstallerEnd, runInstaller } from "./installer.ts";
import type { Interpreter } from "./interpreter.ts";
import { type PinnedPackages, readPins, readReport, withoutWheel } from "./pins.ts";
import { EXTRACT_DEPENDENCIES } from "./project-file.ts";
import type { Requirements } from "./requirements.ts";
import { STAGED_PROJECT, type Stage, stageRequirements } from "./stage.ts";

/** The program that installs packages: uv if there is one, else the venv and pip of Python itself. */
export type Builder = { readonly kind: "uv"; readonly program: string } | { readonly kind: "pip" };

export interface Build {
  readonly place: EnvironmentPlace;
  /** A folder of the build's own, laid out like an execution's; gone afterwards. */
  readonly folder: string;
  /** Downloads that builds of all projects share; only programs that run no code of a package may write there. */
  readonly downloads: string;
  readonly requirements: Requirements;
  readonly repository: string;
  readonly interpreter: Interpreter;
  readonly builder: Builder;
  readonly variables: BuildVariables;
  readonly log: string;
  readonly report: (detail: string) => void;
  readonly signal: AbortSignal;
  /** Returns the command that build commands are to run in; absent without a sandbox. */
  readonly confine?: (place: BuildPlace) => readonly string[];
}

/** Makes the environment at its place. */
export async function buildEnvironment(build: Build): Promise<void> {
  const session = new BuildSession(build);
  await session.make();
  if (session.stage.files.length === 0) return;
  await session.prepareProject();
  if (build.confine === undefined) await session.installAll();
  else await session.installByTrust();
  await session.compile();
}

/**
 * The access that a command of the build gets.
 *
 * - `fresh`: a folder and an environment that no package's code has reached, and no variable of the project. It makes
 *   the environment.
 * - `shared`: the same, with the downloads that all builds share.
 * - `choosing`: what is to be installed, with a cache of its own; the environment is read-only. Building metadata runs
 *   code of packages.
 * - `installing`: that, and the environment may be written to.
 */
type Part = "fresh" | "shared" | "choosing" | "installing";

class BuildSession {
  readonly stage: Stage;
  readonly #build: Build;
  readonly #python: string;
  /** Laid out like an execution's folder, for commands that must not meet what a package's code left. */
  readonly #fresh: string;
  readonly #within = new Map<Part, readonly string[]>();

  constructor(build: Build) {
    this.#build = build;
    this.#python = join(build.place.path, "bin/python");
    this.#fresh = join(build.folder, "fresh");
    mkdirSync(executionFolder(this.#fresh).repository, { recursive: true });
    const { repository } = executionFolder(build.folder);
    this.stage = stageRequirements(repository, build.requirements, build.repository, build.variables.expand);
  }

  async make(): Promise<void> {
    const { builder, interpreter, place, report } = this.#build;
    report(`Building a Python ${interpreter.version} environment with ${builder.kind}`);
    mkdirSync(place.source, { recursive: true });
    if (builder.kind === "uv")
      await this.#must("fresh", builder.program, ["venv", "--no-project", "--python", interpreter.path, place.path]);
    else {
      const options = this.stage.files.length === 0 ? ["--without-pip"] : [];
      await this.#must("fresh", interpreter.path, ["-I", "-m", "venv", ...options, place.path]);
    }
  }

  /** Requirements out of pyproject.toml or uv.lock. */
  async prepareProject(): Promise<void> {
    const { requirements, builder } = this.#build;
    if (requirements.project === undefined) return;
    if (requirements.project.kind === "uv-lock" && builder.kind === "uv") {
      const what = [
        "--frozen",
        "--no-dev",
        "--no-emit-workspace",
        "--no-header",
        "--no-annotate",
        "--format",
        "requirements-txt",
      ];
      await this.#must("choosing", builder.program, [
        "export",
        ...what,
        "--project",
        STAGED_PROJECT,
        "--output-file",
        "project.txt",
      ]);
    } else
      await this.#must("choosing", this.#python, [
        "-I",
        "-c",
        EXTRACT_DEPENDENCIES,
        `${STAGED_PROJECT}/pyproject.toml`,
        "project.txt",
      ]);
  }

  /** All at once: without a sandbox, packages can reach the user's own cache anyhow. */
  async installAll(): Promise<void> {
    await this.#must("installing", ...this.#install([], [...this.stage.files, ...this.stage.options], true));
  }

  /**
   * Building a package runs code of its author, who must not get at downloads that builds of other projects take for
   * good. So the versions are chosen with a cache that is thrown away, ready-made wheels are installed from the shared
   * one, which runs nothing of them, and only then is built what has none.
   */
  async installByTrust(): Promise<void> {
    const pins = await this.#choose();
    if (pins === undefined) return await this.installAll();
    const others = [...pins.others, ...(await this.#installWheels(pins.wheels))];
    if (others.length === 0) return;
    writeLines(this.stage.folder, "others.txt", others);
    await this.#must("installing", ...this.#install([], ["others.txt", ...this.stage.options], false));
  }

  /** Installs those that have wheels, by way of the shared downloads; answers the lines of the others. */
  async #installWheels(wheels: readonly string[]): Promise<readonly string[]> {
    const { requirements, variables } = this.#build;
    const options = indexOptions(requirements.options, variables);
    if (options === undefined) return wheels;
    const { repository } = executionFolder(this.#fresh);
    const others: string[] = [];
    for (let left = wheels; left.length > 0; ) {
      writeLines(repository, "wheels.txt", left);
      writeLines(repository, "options.txt", options);
      const files = ["wheels.txt", ...(options.length === 0 ? [] : ["options.txt"])];
      const end = await this.#run("shared", ...this.#install(this.#onlyWheels(), files, false));
      if (end.outcome === undefined) break;
      const missing = withoutWheel(end.lines, left) ?? left;
      others.push(...missing);
      left = left.filter((line) => !missing.includes(line));
      // A part of them may be installed, with code that runs whenever Python starts.
      await this.#makeAgain();
    }
    return others;
  }

  /** pip's own settings may ask for the sources of some packages; uv then finds no wheel. */
  #onlyWheels(): readonly string[] {
    return [...(this.#build.builder.kind === "pip" ? ["--no-binary", ":none:"] : []), "--only-binary", ":all:"];
  }

  async #makeAgain(): Promise<void> {
    await removeTree(this.#build.place.source);
    await this.make();
  }

  /** Exact versions of all that is to be installed; undefined where the builder is too old to tell. */
  async #choose(): Promise<PinnedPackages | undefined> {
    const { builder } = this.#build;
    const { files, options, constraints, folder } = this.stage;
    const constrained = constraints.flatMap((file) => ["--constraint", file]);
    if (builder.kind === "uv") {
      const hashes = files.some(
        (file) => existsSync(join(folder, file)) && readFileSync(join(folder, file), "utf8").includes("--hash"),
      );
      const what = ["--no-header", "--no-annotate", ...(hashes ? ["--generate-hashes"] : []), "--python", this.#python];
      await this.#must("choosing", builder.program, [
        "pip",
        "compile",
        ...what,
        ...constrained,
        "-o",
        "pinned.txt",
        ...files,
        ...options,
      ]);
      return readPins(readOwn(join(folder, "pinned.txt")));
    }
    const sources = [...files, ...options].flatMap((file) => ["-r", file]);
    const what = ["--dry-run", "--ignore-installed", "--report", "report.json"];
    const end = await this.#run("choosing", this.#python, [
      "-m",
      "pip",
      "install",
      ...what,
      ...constrained,
      ...sources,
    ]);
    if (end.outcome !== undefined && end.lines.some((line) => /no such option/.test(line))) return undefined;
    this.#judge(end, this.#python, ["-m", "pip", "install"]);
    return readReport(readOwn(join(folder, "report.json")));
  }

  /**
   * Bytecode is compiled now, since steps see the environment read-only; nothing of it is run, not even what `.pth`
   * files ask for. Packages' own tests are half of the files of pandas or scikit-learn, and no step imports them.
   */
  async compile(): Promise<void> {
    const { place, report } = this.#build;
    const count = countSources(join(place.source, "lib"));
    if (count === 0) return;
    report(`Compiling ${count.toLocaleString("en-US")} ${count === 1 ? "file" : "files"}`);
    // A file that does not compile is not meant for this Python: packages carry such files along.
    await this.#run("installing", this.#python, [
      "-I",
      "-S",
      "-m",
      "compileall",
      "-qq",
      "-j",
      "0",
      "-x",
      "/tests?/",
      join(place.path, "lib"),
    ]);
  }

  #install(
    options: readonly string[],
    files: readonly string[],
    resolves: boolean,
  ): readonly [string, readonly string[]] {
    const { builder } = this.#build;
    const sources = files.flatMap((file) => ["-r", file]);
    const constrained = resolves ? this.stage.constraints.flatMap((file) => ["-c", file]) : ["--no-deps"];
    const rest = [...options, ...constrained, ...sources];
    if (builder.kind === "uv") return [builder.program, ["pip", "install", "--python", this.#python, ...rest]];
    return [this.#python, ["-m", "pip", "install", "--no-compile", ...rest]];
  }

  async #must(part: Part, program: string, options: readonly string[]): Promise<void> {
    this.#judge(await this.#run(part, program, options), program, options);
  }

  #judge({ outcome, lines }: InstallerEnd, program: string, options: readonly string[]): void {
    const { builder, log } = this.#build;
    if (outcome === undefined) return;
    const isUv = builder.kind === "uv" && program === builder.program;
    // `uv pip compile`, `python -m pip install`; the log tells the rest.
    const words = options.slice(0, options.findIndex((word) => /^(install|compile|venv|export)$/.test(word)) + 1);
    const name = [isUv ? "uv" : "python", ...words.filter((word) => word !== "-I")];
    throw buildFailure({ name: name.join(" "), outcome, lines, log }, this.stage.origins);
  }

  async #run(part: Part, program: string, options: readonly string[]): Promise<InstallerEnd> {
    const { variables, log, report, signal } = this.#build;
    return await runInstaller({
      within: this.#confined(part),
      program,
      arguments: options,
      folder: executionFolder(this.#folderOf(part)).repository,
      environment: {
        ...(isFresh(part) ? variables.ofTheUser : variables.environment),
        // A link would let who can write to the cache write to the environment, too; and it cannot be had across
        // mounts.
        UV_LINK_MODE: "copy",
        UV_PYTHON_DOWNLOADS: "never",
        NO_COLOR: "1",
        PIP_DISABLE_PIP_VERSION_CHECK: "1",
        PIP_NO_INPUT: "1",
        PIP_PROGRESS_BAR: "off",
      },
      log,
      redact: variables.redact,
      report,
      signal,
    });
  }

  #folderOf(part: Part): string {
    return isFresh(part) ? this.#fresh : this.#build.folder;
  }

  #confined(part: Part): readonly string[] {
    const { confine, place, downloads, interpreter, builder } = this.#build;
    if (confine === undefined) return [];
    const known = this.#within.get(part);
    if (known !== undefined) return known;
    const programs = [interpreter.path, ...(builder.kind === "uv" ? [builder.program] : [])];
    const folder = this.#folderOf(part);
    const cache = part === "shared" ? downloads : join(folder, "cache");
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    // Clearing up goes by this time.
    utimesSync(cache, new Date(), new Date());
    const within = confine({ folder, target: place, mayWrite: part !== "choosing", cache, programs });
    this.#within.set(part, within);
    return within;
  }
}

function isFresh(part: Part): boolean {
  return part === "fresh" || part === "shared";
}

function writeLines(folder: string, name: string, lines: readonly string[]): void {
  writeFileSync(join(folder, name), `${lines.join("\n")}\n`, { mode: 0o600 });
}

/** Reads a file that a build wrote; a package of it may have put a link there, to have us read wherever it leads. */
function readOwn(path: string): string {
  const bytes = readBounded(path, LARGEST_REPORT_BYTES, { noLink: true });
  if (bytes.length > LARGEST_REPORT_BYTES)
    throw new HeadraceError(
      "HR_PYTHON_ENVIRONMENT",
      `the build left a ${basename(path)} of more than ${LARGEST_REPORT_BYTES} bytes`,
    );
  return bytes.toString("utf8");
}

/** pip's report has the metadata of each package, with all of its descriptions. */
const LARGEST_REPORT_BYTES = 256 * 1024 * 1024;

function countSources(folder: string): number {
  if (!existsSync(folder)) return 0;
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".py") && !/\/tests?\//.test(name)).length;
}
