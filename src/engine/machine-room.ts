import { availableParallelism, totalmem } from "node:os";
import type { Resources } from "../config/index.ts";
import { HeadraceError } from "../errors.ts";

/** An amount of a machine. Thousandths of processors, so that a tenth and two tenths are three. */
export interface Room {
  readonly milliCpu: number;
  readonly memoryMb: number;
}

interface Waiting {
  readonly need: Room;
  readonly begin: () => void;
}

/**
 * Processors and memory of the machine as slots: a step that asks for four processors takes four, and begins when they are free. First
 * come, first served, so that a large step is not passed by small ones for ever. Steps that ask for nothing take nothing.
 */
export class MachineRoom {
  readonly #all: Room;
  readonly #queue: Waiting[] = [];
  #milliCpu = 0;
  #memoryMb = 0;

  constructor(all: Room) {
    this.#all = all;
  }

  get size(): Room {
    return this.#all;
  }

  /** Whether it would have to wait. */
  isFull(need: Room): boolean {
    return this.#queue.length > 0 || !this.#fits(need);
  }

  /** Room until disposed. Rejects with the signal's reason when that comes first. */
  async take(need: Room, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.isFull(need)) await this.#wait(need, signal);
    else this.#add(need, 1);
    return this.#held(need);
  }

  /** For what runs already: it goes on whether there is room for it or not. */
  takeAnyway(need: Room): Disposable {
    this.#add(need, 1);
    return this.#held(need);
  }

  async #wait(need: Room, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { need, begin: resolve };
    const leave = (): void => {
      const place = this.#queue.indexOf(waiting);
      if (place < 0) return;
      this.#queue.splice(place, 1);
      reject(signal.reason);
      this.#serve();
    };
    this.#queue.push(waiting);
    signal.addEventListener("abort", leave, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #held(need: Room): Disposable {
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#add(need, -1);
        this.#serve();
      },
    };
  }

  #serve(): void {
    for (let next = this.#queue[0]; next !== undefined && this.#fits(next.need); next = this.#queue[0]) {
      this.#queue.shift();
      this.#add(next.need, 1);
      next.begin();
    }
  }

  #add({ milliCpu, memoryMb }: Room, sign: 1 | -1): void {
    this.#milliCpu += sign * milliCpu;
    this.#memoryMb += sign * memoryMb;
  }

  #fits({ milliCpu, memoryMb }: Room): boolean {
    return this.#milliCpu + milliCpu <= this.#all.milliCpu && this.#memoryMb + memoryMb <= this.#all.memoryMb;
  }
}

/** What this process may use of the machine, which in a container is less than all of it. */
export function roomHere(): Room {
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return { milliCpu: availableParallelism() * 1000, memoryMb: Math.floor(bytes / 1024 / 1024) };
}

/**
 * What a step takes of the machine: what it needs at least, else what it may use at most, as far as there is so much. Undefined when it
 * asks for nothing; refuses a need that the machine can never meet.
 */
export function roomFor(step: { readonly name: string; readonly resources?: Resources }, all: Room): Room | undefined {
  const { cpu, memory } = step.resources ?? {};
  const milliCpu = Math.round((cpu?.min ?? Math.min(cpu?.max ?? 0, all.milliCpu / 1000)) * 1000);
  const memoryMb = memory?.min ?? Math.min(memory?.max ?? 0, all.memoryMb);
  if (milliCpu > all.milliCpu) throw tooLarge(step.name, `${milliCpu / 1000} processors (resources.cpu.min)`, String(all.milliCpu / 1000));
  if (memoryMb > all.memoryMb) throw tooLarge(step.name, `${memoryMb} MB of memory (resources.memory.min)`, `${all.memoryMb} MB`);
  return milliCpu === 0 && memoryMb === 0 ? undefined : { milliCpu, memoryMb };
}

export function inWords({ milliCpu, memoryMb }: Room): string {
  const cpus = milliCpu === 0 ? [] : [`${milliCpu / 1000} ${milliCpu === 1000 ? "processor" : "processors"}`];
  const memory = memoryMb === 0 ? [] : [`${memoryMb} MB of memory`];
  return [...cpus, ...memory].join(" and ");
}

function tooLarge(step: string, need: string, has: string): HeadraceError {
  return new HeadraceError("HR_STEP_START", `step ${step} needs ${need}, and this machine has ${has}`, {
    hint: "Run it in an environment that has so much (--environment), or let the step ask for less.",
  });
}
