import { LAST_VALUES } from "../documents/record-documents.ts";

/*
 * The last values stand in the execution's record, which lists read and events carry, so they are bounded.
 * Points are kept whole whatever their size.
 */
/** Longer values (as JSON text) are left out of the last values. */
export const LAST_VALUE_LIMIT = 64 * 1024;
/** Keys beyond these are left out of the last values. */
export const LAST_VALUES_COUNT_LIMIT = 1_000;
/** Values that would take the last values beyond this size together are left out. */
export const LAST_VALUES_LIMIT = 1024 * 1024;
/**
 * So many characters of names are kept of what is left out: the record has to stay bounded, and a few names say what it
 * is about.
 */
const LEFT_OUT_NAMES_LIMIT = 16 * 1024;

type Values = Readonly<Record<string, unknown>>;

/**
 * The metadata that an execution printed, as its record holds it; `metadataLeftOut` is null if the record holds all of
 * it.
 */
export interface KeptValues {
  readonly metadata: Values;
  readonly metadataLeftOut: readonly string[] | null;
}

/** As stored: the record of values, or `[values, names]` where some are left out. */
export function readLastValues(v: number, text: string): KeptValues {
  const stored = LAST_VALUES.read(v, text);
  if (!isPair(stored)) return { metadata: stored, metadataLeftOut: null };
  return { metadata: stored[0], metadataLeftOut: stored[1] };
}

function isPair(stored: unknown): stored is readonly [Values, readonly string[]] {
  return Array.isArray(stored);
}

/** The last value of each key, within the limits. */
export class LastValues {
  readonly #values = new Map<string, unknown>();
  readonly #leftOut = new Set<string>();

  addKept({ metadata, metadataLeftOut }: KeptValues): void {
    this.add(metadata);
    for (const key of metadataLeftOut ?? []) this.#leftOut.add(key);
  }

  add(values: Values): void {
    for (const [key, value] of Object.entries(values)) this.#values.set(key, value);
  }

  /** Keys stand in the order of their first appearance, and the first ones win where the limits are reached. */
  withinLimits(): { readonly kept: ReadonlyMap<string, unknown>; readonly text: string } {
    const kept = new Map<string, unknown>();
    const leftOut = new Set(this.#leftOut);
    let size = 0;
    for (const [key, value] of this.#values) {
      const length = JSON.stringify(key).length + (JSON.stringify(value)?.length ?? 0);
      if (length > LAST_VALUE_LIMIT || size + length > LAST_VALUES_LIMIT || kept.size === LAST_VALUES_COUNT_LIMIT) {
        leftOut.add(key);
        continue;
      }
      leftOut.delete(key);
      size += length;
      kept.set(key, value);
    }
    const values = Object.fromEntries(kept);
    return { kept, text: JSON.stringify(leftOut.size === 0 ? values : [values, bounded(leftOut)]) };
  }
}

/** The first names, as many as fit. The very first stays in any case, cut off: that there is one is what counts. */
function bounded(names: ReadonlySet<string>): readonly string[] {
  const kept: string[] = [];
  let size = 0;
  for (const name of names) {
    size += name.length;
    if (size > LEFT_OUT_NAMES_LIMIT && kept.length > 0) break;
    kept.push(name.slice(0, LEFT_OUT_NAMES_LIMIT));
  }
  return kept;
}
