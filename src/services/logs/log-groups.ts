/** A part of a log under a heading, as the step marks it with `::group::TITLE` and `::endgroup::`. */
export interface LogGroup {
  /** The number of the line with the title. */
  readonly first: number;
  /** The number of its last line; undefined while it goes on. */
  readonly last?: number;
}

/** A log with more groups than this is read as it is from there on. */
const MOST_GROUPS = 1_000;

/** Finds the groups of a log as its lines come. They do not nest: a title ends the group before. */
export class LogGroups {
  readonly #groups: { readonly first: number; last?: number }[] = [];

  get found(): readonly LogGroup[] {
    return this.#groups;
  }

  take(line: number, text: string): void {
    if (!text.startsWith("::")) return;
    const open = this.#groups.at(-1);
    if (text.startsWith("::group::")) {
      if (open !== undefined && open.last === undefined) open.last = line - 1;
      if (this.#groups.length < MOST_GROUPS) this.#groups.push({ first: line });
    } else if (open !== undefined && open.last === undefined && /^::endgroup::\s*$/.test(text)) open.last = line;
  }
}
