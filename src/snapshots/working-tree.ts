/** The files of a project's folder, before their content is looked at. */
export interface WorkingTree {
  /**
   * Relative to the root, `/`-separated, in any order; folders stand for nested repositories that are not checked out.
   */
  readonly paths: readonly string[];
  /** Absent without git. */
  readonly git?: GitState;
}

export interface GitState {
  /** Absent before the first commit. */
  readonly commit?: string;
  /** Absent on a detached HEAD. */
  readonly branch?: string;
  /** git knows of no difference between the files listed and the commit. */
  readonly clean: boolean;
}

/** Collects what a user should know, grouped so that a thousand odd files make one line. */
export class Warnings {
  readonly #groups = new Map<string, string[]>();
  readonly #lines: string[] = [];

  /** `text` follows the names: "…: symbolic links that lead out of the project, left out". */
  file(path: string, text: string): void {
    const group = this.#groups.get(text);
    if (group === undefined) this.#groups.set(text, [path]);
    else group.push(path);
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  lines(): readonly string[] {
    return [...this.#lines, ...[...this.#groups].map(([text, paths]) => `${namesOf(paths)}: ${text}`)];
  }
}

const NAMED_FILES = 3;

function namesOf(paths: readonly string[]): string {
  const shown = paths.slice(0, NAMED_FILES).map(printable).join(", ");
  return paths.length > NAMED_FILES ? `${shown} and ${paths.length - NAMED_FILES} more` : shown;
}

function printable(path: string): string {
  return /[\p{Cc}\uFFFD]/u.test(path) ? JSON.stringify(path) : path;
}
