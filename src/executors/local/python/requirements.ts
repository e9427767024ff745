import { constants, existsSync, lstatSync, readFileSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HeadraceError, systemErrorCode } from "../../../errors.ts";
import type { JobSpec } from "../../executor.ts";
import { isWithin } from "../sandbox/view.ts";

type PythonNeeds = NonNullable<JobSpec["python"]>;

/** What is to be installed, free of the places where it stood: includes resolved, comments gone, local sources named. */
export interface Requirements {
  /** Lines of a requirements file; a local source stands as `{local:N}`, the repository's folder as `{repository}`. */
  readonly lines: readonly string[];
  readonly constraints: readonly string[];
  /** Files and folders of the repository (real paths) that are installed themselves. */
  readonly localSources: readonly string[];
}

/** Reads the requirements of a step from its checked-out repository. */
export function readRequirements(repository: string, python: PythonNeeds): Requirements {
  const reader = new RequirementsReader(realpathSync.native(repository));
  if (python.requirementsFile !== undefined) reader.file(python.requirementsFile, reader.root, "python.requirements");
  for (const text of python.packages) reader.package(text);
  return { lines: reader.lines, constraints: reader.constraints, localSources: reader.localSources };
}

class RequirementsReader {
  readonly root: string;
  readonly lines: string[] = [];
  readonly constraints: string[] = [];
  readonly localSources: string[] = [];
  readonly #open: string[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /** Takes in a requirements file, named relative to `base` by `where`. */
  file(name: string, base: string, where: string, into: string[] = this.lines): void {
    const path = this.#inRepository(resolve(base, name), name, where);
    const shown = relative(this.root, path);
    refuseOtherFormats(shown);
    if (this.#open.includes(path))
      throw failure(`${shown} includes itself (${[...this.#open, path].map((open) => relative(this.root, open)).join(" → ")})`);
    this.#open.push(path);
    for (const { text, line } of logicalLines(readText(path, shown))) this.#line(text, `${shown}:${line}`, dirname(path), into);
    this.#open.pop();
  }

  /** One of the `packages` of a step. */
  package(text: string): void {
    const plain = text.trim();
    if (plain === "") return;
    if (plain.startsWith("-") || plain.includes("\n")) {
      throw failure(`${JSON.stringify(text)} in python.packages is not a package`, "Put pip's options into a requirements file.");
    }
    this.lines.push(this.#requirement(plain, "python.packages"));
  }

  #line(text: string, where: string, folder: string, into: string[]): void {
    const [, option, rest = ""] = /^(--?[a-z-]+)(?:\s+|=)?(.*)$/.exec(text) ?? [];
    const value = rest.trim();
    if (option === undefined) {
      into.push(this.#requirement(text, where));
    } else if (/^(-r|--requirement|-c|--constraint)$/.test(option)) {
      const target = option === "-c" || option === "--constraint" ? this.constraints : into;
      if (isUrl(value)) target.push(text);
      else this.file(value, folder, where, target);
    } else if (/^(-f|--find-links)$/.test(option) && !isUrl(value) && !isAbsolute(value)) {
      // As pip does: beside the file that says it, else from the working directory.
      const path = this.#inRepository(resolve(existsSync(resolve(folder, value)) ? folder : this.root, value), value, where);
      into.push(`--find-links {repository}/${relative(this.root, path)}`);
    } else {
      if (/^(-e|--editable)$/.test(option)) refuseLocalEditable(text, value, where);
      into.push(text);
    }
  }

  /** A requirement as it is, or, when it is a path, its stand-in. */
  #requirement(text: string, where: string): string {
    const local = localPath(text);
    if (local === undefined) return text;
    const path = this.#inRepository(resolve(this.root, local.path), local.path, where);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) throw failure(`${where}: ${local.path} is not in the repository`);
    const known = this.localSources.indexOf(path);
    const index = known === -1 ? this.localSources.push(path) - 1 : known;
    return `${local.before}{local:${index}}${local.after}`;
  }

  #inRepository(path: string, shown: string, where: string): string {
    const real = existsSync(path) ? realpathSync.native(path) : path;
    if (isWithin(real, this.root)) return real;
    throw new HeadraceError("HR_PATH_ESCAPES", `${where}: ${shown} lies outside the repository`, {
      hint: "Steps run from a snapshot of the repository; keep what they install inside it.",
    });
  }
}

function refuseLocalEditable(text: string, value: string, where: string): void {
  if (localPath(value) === undefined) return;
  const hint = `Write ${value} without -e; a change of its files then builds a new environment.`;
  throw failure(`${where}: an editable install (${text}) cannot be shared by steps`, hint);
}

function refuseOtherFormats(shown: string): void {
  if (!/\.(toml|lock)$/.test(shown)) return;
  const hint = "Export it: uv export --format requirements-txt > requirements.txt (or pip freeze, poetry export).";
  throw failure(`${shown} is not a requirements file`, hint);
}

/** Without a trace in the access time: that is the step's, and says what the step read of its code (observation/). */
function readUnseen(path: string): string {
  try {
    return readFileSync(path, { encoding: "utf8", flag: constants.O_RDONLY | (constants.O_NOATIME ?? 0) });
  } catch (error) {
    // Somebody else's file.
    if (systemErrorCode(error) === "EPERM") return readFileSync(path, "utf8");
    throw error;
  }
}

function readText(path: string, shown: string): string {
  try {
    return readUnseen(path).replace(/^\uFEFF/, "");
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT")
      throw failure(
        `the requirements file ${shown} is not in the repository`,
        "Check python.requirements, and that git or .headraceignore does not leave the file out.",
      );
    if (code === "EISDIR") throw failure(`the requirements file ${shown} is a folder`);
    throw error;
  }
}

/** Lines as pip reads them: continued by a backslash, comments and blank ones gone. */
function logicalLines(text: string): readonly { readonly text: string; readonly line: number }[] {
  const result: { text: string; line: number }[] = [];
  let open = "";
  let first = 0;
  for (const [index, physical] of text.split(/\r?\n/).entries()) {
    if (open === "") first = index + 1;
    const plain = physical.replace(/(^|\s)#.*$/, "");
    if (plain.endsWith("\\") && plain === physical) {
      open += `${plain.slice(0, -1).trim()} `;
      continue;
    }
    const whole = (open + plain.trim()).trim();
    if (whole !== "") result.push({ text: whole, line: first });
    open = "";
  }
  if (open.trim() !== "") result.push({ text: open.trim(), line: first });
  return result;
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** The path in a requirement that is one: `./pkg[extra] ; marker`, `name @ file:///…`, `dist/x.whl`. */
function localPath(text: string): { readonly before: string; readonly path: string; readonly after: string } | undefined {
  const url = /^(.*@\s*)?(file:[^\s;#]+)(.*)$/.exec(text);
  if (url?.[2] !== undefined) return { before: url[1] ?? "", path: fileUrlPath(url[2]), after: url[3] ?? "" };
  if (isUrl(text) || /^[^./\s]*\s*@/.test(text)) return undefined;
  const path = /^([^\s;[]*\/[^\s;[]*|\.{1,2}|[^\s;[]+\.(?:whl|zip|tar\.gz))((?:\[[^\]]*\])?.*)$/.exec(text);
  return path?.[1] === undefined || path[1].includes("://") ? undefined : { before: "", path: path[1], after: path[2] ?? "" };
}

function fileUrlPath(url: string): string {
  return url.startsWith("file:///") ? fileURLToPath(url) : url.slice("file:".length);
}

function failure(message: string, hint?: string): HeadraceError {
  return new HeadraceError("HR_PYTHON_ENVIRONMENT", message, hint === undefined ? {} : { hint });
}
