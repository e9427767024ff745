import { onAbort } from "../concurrency/index.ts";

/** A slot that is held until it is disposed. */
export interface Slot extends Disposable {
  /** Gives back a slot for which there was no work: whoever held it is not told that one has become free. */
  giveBack(): void;
}

/**
 * Limits the steps that a process runs at a time, whichever run and project they belong to. If several projects wait
 * for slots, the one that holds the fewest is next, and of those that hold as many, the one that got its last slot
 * longest ago: a project with thousands of steps does not keep another one waiting.
 */
export class WorkerSlots {
  readonly size: number;
  readonly #shares = new Set<SlotShare>();
  /** Those that wait for several at once, in the order of asking: until the first has them, nobody gets one. */
  readonly #groups: { readonly count: number; readonly take: () => void }[] = [];
  #taken = 0;
  #grants = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** The slots as one project sees them; disposed when it is no longer worked for. */
  share(): SlotShare {
    const share: SlotShare = new SlotShare(this.size, {
      mayTake: () => this.#mayTake(share),
      taken: () => {
        this.#taken++;
        return ++this.#grants;
      },
      takeTogether: (count, take) => {
        const group = { count, take };
        this.#groups.push(group);
        this.#serveGroups();
        return () => {
          const index = this.#groups.indexOf(group);
          if (index === -1) return;
          this.#groups.splice(index, 1);
          this.#serveGroups();
          for (const each of this.#shares) if (each.isWaiting) each.tell();
        };
      },
      released: (isUnused) => {
        this.#taken--;
        this.#serveGroups();
        if (!isUnused) share.tell();
        for (const other of this.#waiting(share)) other.tell();
      },
      ended: () => {
        this.#shares.delete(share);
        for (const other of this.#waiting(share)) other.tell();
      },
    });
    this.#shares.add(share);
    return share;
  }

  /** A group of more than there are gets them once all are free. */
  #serveGroups(): void {
    for (let [first] = this.#groups; first !== undefined; [first] = this.#groups) {
      if (this.size - this.#taken < Math.min(first.count, this.size)) return;
      this.#groups.shift();
      first.take();
    }
  }

  #mayTake(share: SlotShare): boolean {
    if (this.#groups.length > 0) return false;
    const before = this.#waiting(share).filter((other) => other.isBefore(share));
    return this.size - this.#taken > before.length;
  }

  #waiting(share: SlotShare): readonly SlotShare[] {
    return [...this.#shares].filter((other) => other !== share && other.isWaiting);
  }
}

interface SharedSlots {
  readonly mayTake: () => boolean;
  /** Returns the number of the grant. */
  readonly taken: () => number;
  /** Calls `take` once so many are free. Returns what calls it off. */
  readonly takeTogether: (count: number, take: () => void) => () => void;
  readonly released: (isUnused: boolean) => void;
  readonly ended: () => void;
}

/** The slots of a process as one of its projects takes them. */
export class SlotShare implements Disposable {
  readonly size: number;
  readonly #shared: SharedSlots;
  readonly #listeners = new Set<() => void>();
  #isWaiting = false;
  #held = 0;
  #lastGrant = 0;

  constructor(size: number, shared: SharedSlots) {
    this.size = size;
    this.#shared = shared;
  }

  /** True from when a slot was refused until the next one is given. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Undefined when all are taken, or another project is next. */
  take(): Slot | undefined {
    this.#isWaiting = !this.#shared.mayTake();
    return this.#isWaiting ? undefined : this.takeExtra();
  }

  /**
   * So many at once, or all that there are and as many more as it takes. It waits for them, and while it does no other
   * slot is given: small steps would take each one that becomes free. Rejects with the signal's reason.
   */
  async takeTogether(count: number, signal: AbortSignal): Promise<readonly Slot[]> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<readonly Slot[]>();
    const callOff = this.#shared.takeTogether(count, () =>
      resolve(Array.from({ length: count }, () => this.takeExtra())),
    );
    using _listening = onAbort(signal, () => {
      callOff();
      reject(signal.reason);
    });
    return await promise;
  }

  /** Beyond the number, for what runs already. */
  takeExtra(): Slot {
    this.#lastGrant = this.#shared.taken();
    this.#held++;
    let isHeld = true;
    const release = (isUnused: boolean): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#held--;
      this.#shared.released(isUnused);
    };
    return { giveBack: () => release(true), [Symbol.dispose]: () => release(false) };
  }

  /** Calls back when one has become free. Returns the unsubscriber. */
  onFree(listener: () => void): () => void {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  isBefore(other: SlotShare): boolean {
    return this.#held === other.#held ? this.#lastGrant < other.#lastGrant : this.#held < other.#held;
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  [Symbol.dispose](): void {
    this.#isWaiting = false;
    this.#shared.ended();
  }
}
