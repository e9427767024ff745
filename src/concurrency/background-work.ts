/**
 * Work that the next step need not wait for. At most `limit` pieces go on at a time, so that it cannot fall behind
 * without bound; whoever adds one more waits until one has ended.
 */
export class BackgroundWork {
  readonly #limit: number;
  readonly #underWay = new Set<Promise<void>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when the work is begun. It must not reject: nobody would hear of it. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#underWay.size >= this.#limit) await Promise.race(this.#underWay);
    const piece = work().finally(() => this.#underWay.delete(piece));
    this.#underWay.add(piece);
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}
