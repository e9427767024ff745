import type { Locate, Span } from "../report/problem.ts";

interface Place {
  readonly key: string | number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/**
 * The places of the entries of every list and mapping. Kept only when a problem needs a place: it costs as much as the
 * data.
 */
export class Places {
  readonly #places = new Map<object, Place[]>();

  add(
    container: object,
    key: string | number,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const place = { key, keyStart, keyEnd, valueStart, valueEnd };
    const known = this.#places.get(container);
    if (known === undefined) this.#places.set(container, [place]);
    else known.push(place);
  }

  /** Finds entries below a root by their path. */
  locator(root: unknown, rootSpan: Span): Locate {
    return (path, part) => {
      let value = root;
      let span = rootSpan;
      for (const [depth, step] of path.entries()) {
        const place = this.#placeOf(value, step);
        if (place === undefined) break;
        const wantsKey = part === "key" && place.keyEnd > place.keyStart && depth === path.length - 1;
        span = wantsKey
          ? { offset: place.keyStart, length: place.keyEnd - place.keyStart }
          : { offset: place.valueStart, length: Math.max(1, place.valueEnd - place.valueStart) };
        value = (value as Readonly<Record<string | number, unknown>>)[step];
      }
      return span;
    };
  }

  #placeOf(container: unknown, key: string | number): Place | undefined {
    if (typeof container !== "object" || container === null) return undefined;
    const places = this.#places.get(container);
    return Array.isArray(container) ? places?.[Number(key)] : places?.find((place) => place.key === String(key));
  }
}
