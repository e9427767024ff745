import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executionFolder } from "../../../contract/index.ts";
import type { BuildPlace } from "../sandbox/confined-build.ts";
import { buildFailure } from "./build-errors.ts";
import type { BuildVariables } from "./build-variables.ts";
import type { EnvironmentPlace } from "./environment-place.ts";
import { type InstallerEnd, runInstaller } from "./installer.ts";
import type { Interpreter } from "./interpreter.ts";
import { type PinnedPackages, readPins, readReport, withoutWheel } from "./pins.ts";
import { EXTRACT_DEPENDENCIES } from "./project-file.ts";
import type { Requirements } from "./requirements.ts";
import { STAGED_PROJECT, type Stage, stageRequirements } from "./stage.ts";

/** What installs packages: uv where there is one, else the venv and pip of Python itself. */
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
  /** What build commands are to run in; absent without a sandbox. */
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

/** Where a command of the build may keep what it downloads. */
type Cache = "shared" | "own";

class BuildSession {
  readonly stage: Stage;
  readonly #build: Build;
  readonly #python: string;
  readonly #within = new Map<Cache, readonly string[]>();

  constructor(build: Build) {
    this.#build = build;
    this.#python = join(build.place.path, "bin/python");
    const { repository } = executionFolder(build.folder);
    this.stage = stageRequirements(repository, build.requirements, build.repository, build.variables.expand);
  }

  async make(): Promise<void> {
    const { builder, interpreter, place, report } = this.#build;
    report(`Building a Python ${interpreter.version} environment with ${builder.kind}`);
    mkdirSync(place.source, { recursive: true });
    if (builder.kind === "uv") await this.#must("own", builder.program, ["venv", "--no-project", "--python", interpreter.path, place.path]);
    else {
      const options = this.stage.files.length === 0 ? ["--without-pip"] : [];
      await this.#must("own", interpreter.path, ["-I", "-m", "venv", ...options, place.path]);
    }
  }

  /** Requirements out of pyproject.toml or uv.lock. */
  async prepareProject(): Promise<void> {
    const { requirements, builder } = this.#build;
    if (requirements.project === undefined) return;
    if (requirements.project.kind === "uv-lock" && builder.kind === "uv") {
      const what = ["--frozen", "--no-dev", "--no-emit-workspace", "--no-header", "--no-annotate", "--format", "requirements-txt"];
      await this.#must("own", builder.program, ["export", ...what, "--project", STAGED_PROJECT, "--output-file", "project.txt"]);
    } else await this.#must("own", this.#python, ["-I", "-c", EXTRACT_DEPENDENCIES, `${STAGED_PROJECT}/pyproject.toml`, "project.txt"]);
  }

  /** All at once: without a sandbox, packages can reach the user's own cache anyhow. */
  async installAll(): Promise<void> {
    await this.#must("own", ...this.#install([], [...this.stage.files, ...this.stage.options], true));
  }

  /**
   * Building a package runs code of its author, who must not get at downloads that builds of other projects take for good. So the versions are
   * chosen with a cache that is thrown away, ready-made wheels are installed from the shared one, which runs nothing of them, and only
   * then is built what has none.
   */
  async installByTrust(): Promise<void> {
    const pins = await this.#choose();
    if (pins === undefined) return await this.#must("own", ...this.#install([], [...this.stage.files, ...this.stage.options], true));
    let { wheels, others } = pins;
    // A folder of the project can be looked through for packages, whose names then say nothing of who made them.
    if (this.#build.requirements.links.length > 0) [wheels, others] = [[], [...wheels, ...others]];
    for (;;) {
      if (wheels.length === 0) break;
      this.#write("wheels.txt", wheels);
      const end = await this.#run("shared", ...this.#install(["--only-binary", ":all:"], ["wheels.txt", ...this.stage.options], false));
      if (end.outcome === undefined) break;
      const missing = withoutWheel(end.lines, wheels);
      others = [...others, ...(missing ?? wheels)];
      wheels = missing === undefined ? [] : wheels.filter((line) => !missing.includes(line));
    }
    if (others.length === 0) return;
    this.#write("others.txt", others);
    await this.#must("own", ...this.#install([], ["others.txt", ...this.stage.options], false));
  }

  /** Exact versions of all that is to be installed; undefined where the builder is too old to tell. */
  async #choose(): Promise<PinnedPackages | undefined> {
    const { builder } = this.#build;
    const { files, options, constraints, folder } = this.stage;
    const constrained = constraints.flatMap((file) => ["--constraint", file]);
    if (builder.kind === "uv") {
      const hashes = files.some((file) => existsSync(join(folder, file)) && readFileSync(join(folder, file), "utf8").includes("--hash"));
      const what = ["--no-header", "--no-annotate", ...(hashes ? ["--generate-hashes"] : []), "--python", this.#python];
      await this.#must("own", builder.program, ["pip", "compile", ...what, ...constrained, "-o", "pinned.txt", ...files, ...options]);
      return readPins(readOwn(join(folder, "pinned.txt")));
    }
    const sources = [...files, ...options].flatMap((file) => ["-r", file]);
    const what = ["--dry-run", "--ignore-installed", "--report", "report.json"];
    const end = await this.#run("own", this.#python, ["-m", "pip", "install", ...what, ...constrained, ...sources]);
    if (end.outcome !== undefined && end.lines.some((line) => /no such option/.test(line))) return undefined;
    this.#judge(end, this.#python, ["-m", "pip", "install"]);
    return readReport(readOwn(join(folder, "report.json")));
  }

  /**
   * Bytecode is compiled now, since steps see the environment read-only; nothing of it is run, not even what `.pth` files ask for. Packages'
   * own tests are half of the files of pandas or scikit-learn, and no step imports them.
   */
  async compile(): Promise<void> {
    const { place, report } = this.#build;
    const count = countSources(join(place.source, "lib"));
    if (count === 0) return;
    report(`Compiling ${count.toLocaleString("en-US")} ${count === 1 ? "file" : "files"}`);
    // What does not compile is not meant for this Python: packages carry such files along.
    await this.#run("own", this.#python, ["-I", "-S", "-m", "compileall", "-qq", "-j", "0", "-x", "/tests?/", join(place.path, "lib")]);
  }

  #install(options: readonly string[], files: readonly string[], resolves: boolean): readonly [string, readonly string[]] {
    const { builder } = this.#build;
    const sources = files.flatMap((file) => ["-r", file]);
    const constrained = resolves ? this.stage.constraints.flatMap((file) => ["-c", file]) : ["--no-deps"];
    const rest = [...options, ...constrained, ...sources];
    if (builder.kind === "uv") return [builder.program, ["pip", "install", "--python", this.#python, ...rest]];
    return [this.#python, ["-m", "pip", "install", "--no-compile", ...rest]];
  }

  #write(name: string, lines: readonly string[]): void {
    writeFileSync(join(this.stage.folder, name), `${lines.join("\n")}\n`, { mode: 0o600 });
  }

  async #must(cache: Cache, program: string, options: readonly string[]): Promise<void> {
    this.#judge(await this.#run(cache, program, options), program, options);
  }

  #judge({ outcome, lines }: InstallerEnd, program: string, options: readonly string[]): void {
    const { builder, log } = this.#build;
    if (outcome === undefined) return;
    const isUv = builder.kind === "uv" && program === builder.program;
    // `uv pip compile`, `python -m pip install`; of what follows, the log tells.
    const words = options.slice(0, options.findIndex((word) => /^(install|compile|venv|export)$/.test(word)) + 1);
    const name = [isUv ? "uv" : "python", ...words.filter((word) => word !== "-I")];
    throw buildFailure({ name: name.join(" "), outcome, lines, log }, this.stage.origins);
  }

  async #run(cache: Cache, program: string, options: readonly string[]): Promise<InstallerEnd> {
    const { variables, log, report, signal } = this.#build;
    return await runInstaller({
      within: this.#confined(cache),
      program,
      arguments: options,
      folder: this.stage.folder,
      environment: {
        ...variables.environment,
        // A link would let who can write to the cache write to the environment, too; and it cannot be had across mounts.
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

  #confined(cache: Cache): readonly string[] {
    const { confine, folder, place, downloads, interpreter, builder } = this.#build;
    if (confine === undefined) return [];
    const known = this.#within.get(cache);
    if (known !== undefined) return known;
    const programs = [interpreter.path, ...(builder.kind === "uv" ? [builder.program] : [])];
    const source = cache === "shared" ? downloads : join(folder, "cache");
    mkdirSync(source, { recursive: true, mode: 0o700 });
    const within = confine({ folder, target: place, cache: source, programs });
    this.#within.set(cache, within);
    return within;
  }
}

/** What a build wrote; a package of it may have put a link there, to have us read wherever it leads. */
function readOwn(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

function countSources(folder: string): number {
  if (!existsSync(folder)) return 0;
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".py") && !/\/tests?\//.test(name)).length;
}
