import { compareText } from "../../../data-address.ts";
import type { Queries } from "../../database.ts";
import type { VersionChange, VersionFile } from "./catalog-records.ts";
import { type Entry, findEntries, type Layer, layersOf, mergedEntries } from "./version-layers.ts";

/**
 * The differences between two versions, by name and in pages. Layers that both have at their beginning are not read:
 * two versions of a million files that differ in one are compared by that one.
 */
export async function* compareVersions(
  queries: Queries,
  before: string,
  after: string,
): AsyncGenerator<readonly VersionChange[]> {
  const [old, now] = [await layersOf(queries, before), await layersOf(queries, after)];
  const shared = sharedLayers(old, now);
  const sides = [old.slice(shared.length), now.slice(shared.length)] as const;
  for await (const page of joined(mergedEntries(queries, sides[0]), mergedEntries(queries, sides[1]))) {
    // A name that one side says nothing of is there as both have it from before.
    const open = page.filter(([one, other]) => one === undefined || other === undefined).map(nameOf);
    const below = await findEntries(queries, shared, open);
    const changes: VersionChange[] = [];
    for (const [one, other] of page) {
      const name = nameOf([one, other]);
      const [was, is] = [one ?? below.get(name), other ?? below.get(name)];
      if (was?.file?.sha256 === is?.file?.sha256) continue;
      changes.push(changeOf(name, was?.file, is?.file));
    }
    if (changes.length > 0) yield changes;
  }
}

function changeOf(name: string, before: VersionFile | undefined, after: VersionFile | undefined): VersionChange {
  return { name, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}

function sharedLayers(one: readonly Layer[], other: readonly Layer[]): readonly Layer[] {
  const end = one.findIndex(({ key }, index) => other[index]?.key !== key);
  return end === -1 ? one : one.slice(0, end);
}

type Pair = readonly [before: Entry | undefined, after: Entry | undefined];

function nameOf([before, after]: Pair): string {
  return before?.name ?? after?.name ?? "";
}

const PAIRS_AT_ONCE = 2_000;

/** Two lists by name, as one. */
async function* joined(
  one: AsyncIterable<readonly Entry[]>,
  other: AsyncIterable<readonly Entry[]>,
): AsyncGenerator<readonly Pair[]> {
  const [left, right] = [new Cursor(one), new Cursor(other)];
  let pairs: Pair[] = [];
  for (;;) {
    const [before, after] = [await left.peek(), await right.peek()];
    if (before === undefined && after === undefined) break;
    const order = before === undefined ? 1 : after === undefined ? -1 : compareText(before.name, after.name);
    pairs.push([order <= 0 ? left.take() : undefined, order >= 0 ? right.take() : undefined]);
    if (pairs.length < PAIRS_AT_ONCE) continue;
    yield pairs;
    pairs = [];
  }
  if (pairs.length > 0) yield pairs;
}

class Cursor {
  readonly #pages: AsyncIterator<readonly Entry[]>;
  #page: readonly Entry[] = [];
  #index = 0;

  constructor(pages: AsyncIterable<readonly Entry[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** Waits only where a page has come to its end. */
  peek(): Entry | undefined | Promise<Entry | undefined> {
    return this.#index < this.#page.length ? this.#page[this.#index] : this.#turn();
  }

  take(): Entry | undefined {
    return this.#page[this.#index++];
  }

  async #turn(): Promise<Entry | undefined> {
    const next = await this.#pages.next();
    this.#page = next.done === true ? [] : next.value;
    this.#index = 0;
    return this.#page[0];
  }
}
