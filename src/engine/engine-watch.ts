import type { EngineIdentity, EngineRecord } from "../store/index.ts";

/** An engine says that it lives, and looks at the others, this often. */
export const BEAT_MS = 2_000;
/**
 * After so long without a beat an engine that cannot be looked at is taken for dead. With two beats of delay it is
 * within 15 s.
 */
export const SILENCE_MS = 10_000;
/**
 * An engine that has not looked for so long (a suspended machine, a lost server) knows nothing of the time between, and
 * counts anew.
 */
const BLIND_MS = 3 * BEAT_MS;

/** `doubtful`: on another host, and not watched for long enough to tell. */
export type EngineLife = "living" | "dead" | "doubtful";

export interface EngineWatchOptions {
  readonly identity: EngineIdentity;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly isAlive: (identity: EngineIdentity) => Promise<boolean>;
}

/**
 * Tells which engines are dead. On the same machine the process table says so at once, and a process that lives is
 * never taken for dead, however long it was silent. Elsewhere it is silence by this process's own clock that counts: no
 * clock of another machine is compared with ours, and none of them may jump.
 */
export class EngineWatch {
  readonly #options: EngineWatchOptions;
  readonly #seen = new Map<string, { readonly beat: number; readonly since: number; readonly moved: boolean }>();
  #lookedAt: number | undefined;

  constructor(options: EngineWatchOptions) {
    this.#options = options;
  }

  /** Takes in the beats as they stand now. */
  look(beats: ReadonlyMap<string, number>): void {
    const now = this.#options.monotonic();
    const wasBlind = this.#lookedAt === undefined || now - this.#lookedAt > BLIND_MS;
    this.#lookedAt = now;
    for (const id of this.#seen.keys()) if (!beats.has(id)) this.#seen.delete(id);
    for (const [id, beat] of beats) {
      const seen = this.#seen.get(id);
      const moved = seen !== undefined && seen.beat !== beat;
      if (seen === undefined || moved || wasBlind)
        this.#seen.set(id, { beat, since: now, moved: moved || (seen?.moved ?? false) });
    }
  }

  async life({ id, identity, beat }: Pick<EngineRecord, "id" | "identity" | "beat">): Promise<EngineLife> {
    const seen = this.#seen.get(id);
    // It has said itself that it leaves, or another engine has found it dead.
    if ((seen?.beat ?? beat) < 0) return "dead";
    if (this.#canSee(identity)) return (await this.#options.isAlive(identity)) ? "living" : "dead";
    if (this.#hasRestarted(identity)) return "dead";
    if (seen === undefined) return "doubtful";
    if (this.#options.monotonic() - seen.since >= SILENCE_MS) return "dead";
    return seen.moved ? "living" : "doubtful";
  }

  #canSee(identity: EngineIdentity): boolean {
    const own = this.#options.identity;
    return identity.host === own.host && identity.bootId === own.bootId && identity.processSpace === own.processSpace;
  }

  /** The same machine before its last start: nobody else has our name and our folder. */
  #hasRestarted(identity: EngineIdentity): boolean {
    return isSamePlace(identity, this.#options.identity) && identity.bootId !== this.#options.identity.bootId;
  }
}

/** True if the files that one engine left in its folders can be taken up by the other. */
export function isSamePlace(a: EngineIdentity, b: EngineIdentity): boolean {
  return a.host === b.host && a.stateFolder === b.stateFolder;
}
