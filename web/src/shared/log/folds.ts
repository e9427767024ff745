/** A part of a log under a heading. */
export interface Group {
  /** The number of the line with its title. */
  readonly first: number;
  /** The number of its last line; null while it goes on. */
  readonly last: number | null;
}

interface Closed {
  readonly first: number;
  readonly last: number;
  /** So many lines are hidden before it. */
  readonly hiddenBefore: number;
}

/** The lines of a log that are shown, by rows: a group that is closed is one row, that of its title. */
export class Folds {
  /** The number of all rows. */
  readonly rows: number;
  readonly #groups: ReadonlyMap<number, Group>;
  readonly #closed: readonly Closed[];

  /** `open` says of groups, by their first lines, whether they are; others are closed once they have ended. */
  constructor(groups: readonly Group[], open: ReadonlyMap<number, boolean>, lines: number) {
    this.#groups = new Map(groups.map((group) => [group.first, group]));
    let hidden = 0;
    const closed: Closed[] = [];
    for (const { first, last } of groups) {
      const end = Math.min(last ?? lines - 1, lines - 1);
      if (end <= first || open.get(first) === true || (last === null && open.get(first) !== false)) continue;
      closed.push({ first, last: end, hiddenBefore: hidden });
      hidden += end - first;
    }
    this.#closed = closed;
    this.rows = Math.max(0, lines - hidden);
  }

  /** The number of the line in a row. */
  lineAt(row: number): number {
    const before = this.#lastClosed(({ first, hiddenBefore }) => first - hiddenBefore < row);
    return before === undefined ? row : row + before.hiddenBefore + (before.last - before.first);
  }

  /** The row of a line; that of the title, where its group is closed. */
  rowOf(line: number): number {
    const before = this.#lastClosed(({ first }) => first < line);
    if (before === undefined) return line;
    return Math.max(before.first, line - (before.last - before.first)) - before.hiddenBefore;
  }

  /** The closed group in which a line is hidden. */
  hiding(line: number): number | undefined {
    const before = this.#lastClosed(({ first }) => first < line);
    return before !== undefined && line <= before.last ? before.first : undefined;
  }

  /** The state of the group whose title a line is, and the number of lines below the title. */
  titleAt(line: number): { readonly isOpen: boolean; readonly lines: number | undefined } | undefined {
    const group = this.#groups.get(line);
    if (group === undefined) return undefined;
    const isOpen = this.#lastClosed(({ first }) => first <= line)?.first !== line;
    return { isOpen, lines: group.last === null ? undefined : group.last - group.first };
  }

  /** Closed groups stand in their order, and so does what `isBefore` says of them. */
  #lastClosed(isBefore: (group: Closed) => boolean): Closed | undefined {
    let [low, high] = [0, this.#closed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const group = this.#closed[middle];
      if (group !== undefined && isBefore(group)) low = middle + 1;
      else high = middle;
    }
    return this.#closed[low - 1];
  }
}
