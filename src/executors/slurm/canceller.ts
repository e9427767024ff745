import { setTimeout as delay } from "node:timers/promises";
import type { SlurmAnswer, SlurmPrograms } from "./slurm-programs.ts";

/** A caller that ends a run of hundreds of jobs does so in one moment: its requests are gathered for so long. */
const GATHERING_MS = 20;
/** Numbers on one command line. */
const AT_A_TIME = 500;

interface Gathering {
  readonly ids: Set<string>;
  readonly answer: Promise<SlurmAnswer>;
}

/** Passes wishes on by `scancel`, those of the same kind together: each call is a question to the controller. */
export class Canceller {
  readonly #programs: SlurmPrograms;
  readonly #gathering = new Map<string, Gathering>();

  constructor(programs: SlurmPrograms) {
    this.#programs = programs;
  }

  /**
   * Cancels jobs; returns true if Slurm has received the request. Jobs that have ended meanwhile have what they need.
   */
  async cancel(options: readonly string[], ids: readonly string[]): Promise<boolean> {
    if (ids.length === 0) return false;
    const kind = options.join(" ");
    let gathering = this.#gathering.get(kind);
    if (gathering === undefined || gathering.ids.size + ids.length > AT_A_TIME) {
      const gathered = new Set<string>();
      const own: Gathering = {
        ids: gathered,
        answer: delay(GATHERING_MS).then(() => this.#send(kind, options, gathered)),
      };
      this.#gathering.set(kind, own);
      gathering = own;
    }
    for (const id of ids) gathering.ids.add(id);
    return (await gathering.answer).kind !== "busy";
  }

  #send(kind: string, options: readonly string[], ids: ReadonlySet<string>): Promise<SlurmAnswer> {
    if (this.#gathering.get(kind)?.ids === ids) this.#gathering.delete(kind);
    return this.#programs.run("scancel", ["--quiet", ...options, ...ids]);
  }
}
