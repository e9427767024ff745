import { setImmediate as nextTurn } from "node:timers/promises";
import type { ProjectStore, ReusableRecord } from "../../store/index.ts";

type Wanted = Parameters<ProjectStore["reuse"]["listNewest"]>[0]["wanted"][number];

/** Looks for the newest execution of a node with a fingerprint, for all that are asked for in one turn of the event loop together. */
export class NewestCandidates {
  readonly #store: Pick<ProjectStore, "reuse">;
  readonly #beforeNumber: number;
  #asked: Wanted[] = [];
  #reading: Promise<ReadonlyMap<string, ReusableRecord>> | undefined;

  constructor(store: Pick<ProjectStore, "reuse">, beforeNumber: number) {
    this.#store = store;
    this.#beforeNumber = beforeNumber;
  }

  async of(wanted: Wanted): Promise<ReusableRecord | undefined> {
    this.#asked.push(wanted);
    this.#reading ??= this.#readAsked();
    return (await this.#reading).get(keyOf(wanted));
  }

  async #readAsked(): Promise<ReadonlyMap<string, ReusableRecord>> {
    await nextTurn();
    const wanted = this.#asked;
    this.#asked = [];
    this.#reading = undefined;
    const found = await this.#store.reuse.listNewest({ wanted, beforeNumber: this.#beforeNumber });
    return new Map(found.map((record) => [keyOf(record), record]));
  }
}

function keyOf({ base, node }: Wanted): string {
  return `${base} ${node}`;
}
