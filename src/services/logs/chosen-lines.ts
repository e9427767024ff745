import type { LogItem, LogStream } from "../../contract/index.ts";
import type { LinePattern } from "./line-pattern.ts";

export interface LineChoice {
  /** Only lines that it matches. */
  readonly matching?: Pick<LinePattern, "matches">;
  /** Only lines from then on, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  /** Only so many of them: the last. */
  readonly tail?: number;
}

/** Returns true if lines have to be looked at one by one. */
export function isChosen({ matching, sinceMs }: LineChoice): boolean {
  return matching !== undefined || sinceMs !== undefined;
}

/**
 * The lines of one execution that are wanted. If a line comes in pieces, those from the first piece on that matches.
 */
export class ChosenLines {
  readonly #choice: LineChoice;
  /** Streams whose last line was wanted and goes on. */
  readonly #goesOn: Set<LogStream>;
  readonly #last: LogItem[] = [];

  constructor(choice: LineChoice, goesOn: readonly LogStream[]) {
    this.#choice = choice;
    this.#goesOn = new Set(goesOn);
  }

  get goesOn(): readonly LogStream[] {
    return [...this.#goesOn];
  }

  /** Those of the next lines that are wanted; none of them where the last are asked for, which `end` gives. */
  async take(items: readonly LogItem[]): Promise<readonly LogItem[]> {
    if (!isChosen(this.#choice)) return items;
    const matches = await this.#choice.matching?.matches(items.map(({ text }) => text));
    const wanted = items.filter((item, index) => this.#isWanted(item, matches?.[index] ?? true));
    const { tail } = this.#choice;
    if (tail === undefined) return wanted;
    this.#last.push(...wanted);
    this.#last.splice(0, Math.max(0, this.#last.length - tail));
    return [];
  }

  end(): readonly LogItem[] {
    return this.#last;
  }

  #isWanted({ stream, at, continues }: LogItem, matches: boolean): boolean {
    const { sinceMs } = this.#choice;
    const isWanted = this.#goesOn.has(stream) || ((sinceMs === undefined || at >= sinceMs) && matches);
    if (isWanted && continues) this.#goesOn.add(stream);
    else this.#goesOn.delete(stream);
    return isWanted;
  }
}
