import { posix } from "node:path";

/** More comparisons than this are not made. */
const MOST_WORK = 2_000_000;

/**
 * Symbolic links that a step has made, wherever: whoever follows one asks for what it leads to, and no call says so.
 */
export class MadeLinks {
  /** Only those whose target depends on where they stand. */
  readonly #relative = new Map<string, string>();
  #work = 0;

  /** They were moved too often to be followed. */
  get isLost(): boolean {
    return this.#work > MOST_WORK;
  }

  /** Says what it leads to. */
  make(place: string, target: string): string {
    if (target.startsWith("/")) return target;
    this.#relative.set(place, target);
    return leadsTo(place, target);
  }

  /** Says what links lead to that stand elsewhere now, since they or a folder around them were renamed. */
  move(source: string, destination: string): readonly string[] {
    const [from, to] = [source, destination].map((path) => posix.normalize(path).replace(/\/$/, "")) as [
      string,
      string,
    ];
    this.#work += this.#relative.size;
    if (this.isLost) return [];
    const found = [...this.#relative].filter(([place]) => place === from || place.startsWith(`${from}/`));
    return found.map(([place, target]) => this.make(`${to}${place.slice(from.length)}`, target));
  }
}

/** As text: the folder that holds it may itself be reached by a link, which leads elsewhere then. */
function leadsTo(place: string, target: string): string {
  return `${posix.dirname(place)}/${target}`;
}
