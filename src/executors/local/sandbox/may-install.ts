import { readFileSync, statSync } from "node:fs";
import { join, normalize } from "node:path";

/** The parts of a step that decide whether it may install. */
export interface InstallingStep {
  readonly command: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** The folder on disk that the step knows as `/valohai`. */
  readonly valohai: string;
}

/** Programs that install, functions that do, and places to which only those who install write. */
const INSTALLERS = new RegExp(
  `(?<![\\w-])(${[
    ...[
      "pip[\\d.]*",
      "pipx",
      "pipenv",
      "uvx?",
      "poetry",
      "pdm",
      "hatch",
      "rye",
      "pixi",
      "spacy",
      "ensurepip",
      "easy_install",
      "pyenv",
      "pip_main",
    ],
    ...[
      "conda",
      "mamba",
      "micromamba",
      "npm",
      "npx",
      "pnpm",
      "yarn",
      "corepack",
      "nvm",
      "volta",
      "fnm",
      "asdf",
      "mise",
    ],
    ...[
      "apt",
      "apt-get",
      "aptitude",
      "dpkg",
      "dnf",
      "yum",
      "zypper",
      "pacman",
      "apk",
      "rpm",
      "gem",
      "cpanm?",
      "luarocks",
      "cargo",
      "rustup",
      "juliaup",
    ],
    ...[
      "Pkg",
      "BiocManager",
      "remotes",
      "devtools",
      "renv",
      "pak",
      "update\\.packages",
      "install(_[a-z]+|\\.packages)?",
      "ldconfig",
    ],
  ].join("|")})(?![\\w-])|/usr/local/`,
);

/** Files with these names are scripts, whose text is looked at; others are recognized by the way they are called. */
const SCRIPT =
  /(\.(sh|bash|zsh|py|ipynb|r|rmd|qmd|jl|mk|js|mjs|ts|pl|rb)|(^|\/)(Makefile|makefile|justfile|Snakefile|noxfile))$/i;
const SHELL = /\.(sh|bash|zsh|mk)$|(^|\/)(Makefile|makefile|justfile)$/i;

/** Larger files, or more, are not looked at, and count as if they installed. */
const LARGEST_BYTES = 1024 * 1024;
const MOST_SCRIPTS = 40;

/**
 * Returns true if a step may install packages into what the machine has: its commands name an installer, or a script of
 * the code does that they call. Unknown cases count as yes, since the only cost is time. A script that installs without
 * being named here (a module that is imported) still can install for its user.
 */
export function mayInstall({ command, variables, valohai }: InstallingStep): boolean {
  const text = command.join("\n");
  if (INSTALLERS.test(text) || Object.values(variables).some((value) => INSTALLERS.test(value))) return true;
  const scripts = new Scripts(join(valohai, "repository"), valohai);
  return scripts.install(text);
}

class Scripts {
  readonly #seen = new Set<string>();
  readonly #repository: string;
  readonly #valohai: string;

  constructor(repository: string, valohai: string) {
    this.#repository = repository;
    this.#valohai = valohai;
  }

  /** Returns true if one of the scripts that these lines call installs. */
  install(lines: string): boolean {
    return calledScripts(lines).some((name) => this.#installs(name));
  }

  #installs(name: string): boolean {
    if (name.includes("$")) return true;
    const path = this.#place(name);
    if (this.#seen.has(path)) return false;
    this.#seen.add(path);
    if (this.#seen.size > MOST_SCRIPTS) return true;
    const text = readScript(path);
    // After a `cd`, say. A module of Python need not be one of the code.
    if (text === undefined) return !name.startsWith(MODULE);
    return text === "" || INSTALLERS.test(text.replace(/^#!.*/, "")) || (SHELL.test(path) && this.install(text));
  }

  #place(name: string): string {
    if (name.startsWith(MODULE)) return join(this.#repository, name.slice(MODULE.length));
    if (name.startsWith("/valohai/")) return join(this.#valohai, normalize(name.slice("/valohai".length)));
    return name.startsWith("/") ? name : join(this.#repository, name);
  }
}

/** Before what is called by `python -m`. */
const MODULE = "module:";

function calledScripts(lines: string): readonly string[] {
  const words = lines.split(/[\s;|&()<>"'`=,]+/);
  const scripts = words.filter((word) => SCRIPT.test(word));
  const modules = words.flatMap((word, index) => {
    if (words[index - 1] !== "-m" || !/^\w+(\.\w+)*$/.test(word)) return [];
    const path = MODULE + word.replaceAll(".", "/");
    return [`${path}.py`, `${path}/__main__.py`];
  });
  const make = words.includes("make") ? ["module:Makefile", "module:makefile", "module:GNUmakefile"] : [];
  return [
    ...scripts,
    ...modules,
    ...make,
    ...words.filter((word) => /^\.{0,2}\/?[\w./-]+$/.test(word) && word.startsWith("./") && !SCRIPT.test(word)),
  ];
}

/** Its text: empty where it is too large, undefined where it is none. */
function readScript(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return undefined;
    return stats.size > LARGEST_BYTES ? "" : `${readFileSync(path, "latin1")} `;
  } catch {
    return undefined;
  }
}
