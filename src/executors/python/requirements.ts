import { existsSync, lstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HeadraceError } from "../../errors.ts";
import type { JobSpec } from "../executor.ts";
import { isWithin } from "../local/sandbox/paths.ts";
import { readCondaFile } from "./conda-file.ts";
import { refuseOtherFormats } from "./other-formats.ts";
import { readRequirementsFile } from "./requirements-file.ts";
import { decodeRequirements, isUrl, lineOptions, logicalLines, optionText } from "./requirements-text.ts";

type PythonNeeds = NonNullable<JobSpec["python"]>;

/** A line for the installer, and where the user wrote it. */
export interface StagedLine {
  readonly text: string;
  readonly where: string;
}

/**
 * The packages to install, free of the places where they stood: includes resolved, comments gone, local sources named.
 */
export interface Requirements {
  /** A local source stands as `{local:N}`. */
  readonly lines: readonly StagedLine[];
  readonly constraints: readonly StagedLine[];
  /** Options for all of it: indexes, formats. A folder of links of the repository stands as `{links:N}`. */
  readonly options: readonly StagedLine[];
  /** Files and folders of the repository (real paths) that are installed themselves. */
  readonly localSources: readonly string[];
  /** Folders of the repository in which packages are looked for. */
  readonly links: readonly string[];
  /** Such folders of the machine. */
  readonly outsideLinks: readonly string[];
  /** A pyproject.toml or a uv.lock, which the builder reads. */
  readonly project?: { readonly kind: "pyproject" | "uv-lock"; readonly file: string };
  /** The Python that a file asks for. */
  readonly version?: string;
}

/** Reads the requirements of a step from its checked-out repository. */
export function readRequirements(repository: string, python: PythonNeeds): Requirements {
  const reader = new RequirementsReader(realpathSync.native(repository));
  if (python.requirementsFile !== undefined) reader.named(python.requirementsFile);
  for (const text of python.packages) reader.package(text, "python.packages");
  const { lines, constraints, options, localSources, links, outsideLinks, project, version } = reader;
  return {
    ...{ lines, constraints, options, localSources, links, outsideLinks },
    ...(project === undefined ? {} : { project }),
    ...(version === undefined ? {} : { version }),
  };
}

class RequirementsReader {
  readonly root: string;
  readonly lines: StagedLine[] = [];
  readonly constraints: StagedLine[] = [];
  readonly options: StagedLine[] = [];
  readonly localSources: string[] = [];
  readonly links: string[] = [];
  readonly outsideLinks: string[] = [];
  project: Requirements["project"];
  version: string | undefined;
  readonly #open: string[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /** The file that `python.requirements` names, of whatever kind. */
  named(name: string): void {
    const path = this.#inRepository(resolve(this.root, name), name, "python.requirements");
    const file = basename(path);
    if (file === "pyproject.toml" || file === "uv.lock") {
      readRequirementsFile(path, name);
      this.project = { kind: file === "uv.lock" ? "uv-lock" : "pyproject", file: path };
    } else if (/\.ya?ml$/.test(file)) {
      const conda = readCondaFile(decodeRequirements(readRequirementsFile(path, name)), name);
      this.version = conda.version;
      for (const text of conda.packages) this.#text(text, name, dirname(path), this.lines);
    } else this.file(name, this.root, "python.requirements");
  }

  /** Takes in a requirements file, named relative to `base` by `where`. */
  file(name: string, base: string, where: string, into: StagedLine[] = this.lines): void {
    const path = this.#inRepository(resolve(base, name), name, where);
    const shown = relative(this.root, path);
    refuseOtherFormats(shown);
    if (this.#open.includes(path))
      throw failure(
        `${shown} includes itself (${[...this.#open, path].map((open) => relative(this.root, open)).join(" → ")})`,
      );
    this.#open.push(path);
    for (const { text, line } of logicalLines(
      decodeRequirements(readRequirementsFile(path, shown)).replace(/^\uFEFF/, ""),
    ))
      this.#text(text, `${shown}:${line}`, dirname(path), into);
    this.#open.pop();
  }

  /** One of the `packages` of a step. */
  package(text: string, where: string): void {
    const plain = text.trim();
    if (plain === "") return;
    if (plain.startsWith("-") || plain.includes("\n")) {
      throw failure(
        `${JSON.stringify(text)} in python.packages is not a package`,
        "put pip's options into a requirements file",
      );
    }
    this.lines.push({ text: this.#requirement(plain, where), where });
  }

  #text(text: string, where: string, folder: string, into: StagedLine[]): void {
    const options = lineOptions(text);
    if (options === undefined) {
      into.push({ text: this.#requirement(text, where), where });
      return;
    }
    for (const option of options) {
      const { name, value } = option;
      if (name === "--requirement" || name === "--constraint") {
        const target = name === "--constraint" ? this.constraints : into;
        if (isUrl(value)) this.options.push({ text: optionText(option), where });
        else this.file(value, folder, where, target);
      } else if (name === "--find-links" && !isUrl(value))
        this.options.push({ text: this.#folderOfLinks(value, folder, where), where });
      else if (name === "--editable") {
        refuseLocalEditable(text, value, where);
        into.push({ text: value, where });
      } else this.options.push({ text: optionText(option), where });
    }
  }

  /** As pip does: beside the file that says it, else from the working directory. */
  #folderOfLinks(value: string, folder: string, where: string): string {
    const named = existsSync(resolve(folder, value)) ? resolve(folder, value) : resolve(this.root, value);
    if (isAbsolute(value) && !isWithin(named, this.root)) {
      this.outsideLinks.push(named);
      return `--find-links ${named}`;
    }
    const path = this.#inRepository(named, value, where);
    if (!existsSync(path)) throw failure(`${where}: ${value} is not in the repository`);
    return `--find-links {links:${indexIn(this.links, path)}}`;
  }

  /** A requirement as it is, or, when it is a path, its stand-in. */
  #requirement(text: string, where: string): string {
    const local = localPath(text);
    if (local === undefined) return text;
    const path = this.#inRepository(resolve(this.root, local.path), local.path, where);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined)
      throw failure(`${where}: ${local.path} is not in the repository`);
    return `${local.before}{local:${indexIn(this.localSources, path)}}${local.after}`;
  }

  #inRepository(path: string, shown: string, where: string): string {
    const real = existsSync(path) ? realpathSync.native(path) : path;
    if (isWithin(real, this.root)) return real;
    throw new HeadraceError("HR_PATH_ESCAPES", `${where}: ${shown} lies outside the repository`, {
      hint: "steps run from a snapshot of the repository; keep what they install inside it",
    });
  }
}

function indexIn(list: string[], value: string): number {
  const known = list.indexOf(value);
  return known === -1 ? list.push(value) - 1 : known;
}

function refuseLocalEditable(text: string, value: string, where: string): void {
  if (localPath(value) === undefined && isUrl(value.replace(/^[a-z]+\+/, ""))) return;
  const hint = `write ${value} without -e; a change of its files then builds a new environment`;
  throw failure(`${where}: an editable install (${text}) cannot be shared by steps`, hint);
}

/** The path in a requirement that is one: `./pkg[extra] ; marker`, `name @ file:///…`, `dist/x.whl`. */
function localPath(
  text: string,
): { readonly before: string; readonly path: string; readonly after: string } | undefined {
  const url = /^(.*@\s*)?(file:[^\s;#]+)(.*)$/.exec(text);
  if (url?.[2] !== undefined) return { before: url[1] ?? "", path: fileUrlPath(url[2]), after: url[3] ?? "" };
  if (isUrl(text) || /^[^./\s]*\s*@/.test(text)) return undefined;
  const path = /^([^\s;[]*\/[^\s;[]*|\.{1,2}|[^\s;[]+\.(?:whl|zip|tar\.(?:gz|bz2|xz)|tgz))((?:\[[^\]]*\])?.*)$/.exec(
    text,
  );
  return path?.[1] === undefined || path[1].includes("://")
    ? undefined
    : { before: "", path: path[1], after: path[2] ?? "" };
}

function fileUrlPath(url: string): string {
  return url.startsWith("file:///") ? fileURLToPath(url) : url.slice("file:".length);
}

function failure(message: string, hint?: string): HeadraceError {
  return new HeadraceError("HR_PYTHON_ENVIRONMENT", message, hint === undefined ? {} : { hint });
}
