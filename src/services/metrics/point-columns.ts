import type { MetadataRecord } from "../../store/index.ts";

/** Wider points are read each time: nobody looks at so many curves of one execution again and again. */
const MOST_KEYS = 64;

/** A list of numbers that grows; its memory is a number's own, without a box for each. */
class Numbers {
  length = 0;
  #values = new Float64Array(1_024);

  push(value: number): void {
    if (this.length === this.#values.length) {
      const wider = new Float64Array(this.length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.length++] = value;
  }

  at(index: number): number {
    return this.#values[index] ?? Number.NaN;
  }
}

/** The values of a key, and the points that have them. */
export interface PointColumn {
  readonly rows: Pick<Numbers, "length" | "at">;
  readonly values: Pick<Numbers, "at">;
}

/**
 * The points of an execution that has ended, as numbers in memory: a curve is asked for anew with each zoom, and to
 * read a million points as JSON takes a second. Points that hold more than numbers are not kept.
 */
export class PointColumns {
  readonly #at = new Numbers();
  readonly #columns = new Map<string, { readonly rows: Numbers; readonly values: Numbers }>();
  #isFit = true;

  /** All values were numbers, of few keys. */
  get isFit(): boolean {
    return this.#isFit;
  }

  /** By key, in the order of their first appearance. */
  get columns(): ReadonlyMap<string, PointColumn> {
    return this.#columns;
  }

  /** The count of numbers that are held. */
  get size(): number {
    return this.#columns.values().reduce((sum, { rows }) => sum + 2 * rows.length, this.#at.length);
  }

  timeOf(row: number): number {
    return this.#at.at(row);
  }

  add({ at, values }: Pick<MetadataRecord, "at" | "values">): void {
    if (!this.#isFit) return;
    const row = this.#at.length;
    this.#at.push(at);
    for (const key of Object.keys(values)) {
      const value = values[key];
      let column = this.#columns.get(key);
      if (typeof value !== "number" || (column === undefined && this.#columns.size === MOST_KEYS)) {
        this.#isFit = false;
        this.#columns.clear();
        return;
      }
      if (column === undefined) {
        column = { rows: new Numbers(), values: new Numbers() };
        this.#columns.set(key, column);
      }
      column.rows.push(row);
      column.values.push(value);
    }
  }
}

/** Numbers that are held for all executions together: 40 MB. */
const MOST_NUMBERS = 5_000_000;

/** Columns of the executions that were looked at last, as far as they have room. */
export class KeptColumns {
  readonly #kept = new Map<string, PointColumns>();

  get(execution: string): PointColumns | undefined {
    const found = this.#kept.get(execution);
    if (found === undefined) return undefined;
    // The one that was looked at last goes last.
    this.#kept.delete(execution);
    this.#kept.set(execution, found);
    return found;
  }

  keep(execution: string, columns: PointColumns): void {
    if (!columns.isFit || columns.size > MOST_NUMBERS) return;
    this.#kept.set(execution, columns);
    let size = this.#kept.values().reduce((sum, each) => sum + each.size, 0);
    for (const [oldest, { size: freed }] of this.#kept) {
      if (size <= MOST_NUMBERS) break;
      this.#kept.delete(oldest);
      size -= freed;
    }
  }
}
