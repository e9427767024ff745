import { pause, unlessAborted } from "../../concurrency/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { DeviceClaim, GivenDevices } from "./device-locks.ts";
import { fits, inWords, type ResourceAmount, sumOf } from "./resource-needs.ts";
import { SlotQueue, type Ticket, type TicketOptions } from "./slot-queue.ts";

/** Other processes' steps end unheard; a look costs some microseconds for each that holds or waits. */
const LOOK_MS = 200;

export interface SlotRequest {
  readonly signal: AbortSignal;
  /** Called once where it has to wait. */
  readonly onWait?: () => void;
}

/** A part of the machine, until it is disposed. */
export interface ResourceShare extends Disposable {
  /** Devices that are this step's alone. */
  readonly devices: GivenDevices;
}

/** Only the first in a line of this process draws a ticket: a thousand ready steps are one request. */
interface Line {
  turn: Promise<unknown>;
  waiting: number;
}

/**
 * Processors and memory of the machine as slots, over all of the user's processes: a step that asks for four processors
 * takes four, and begins when they are free. First come, first served, so that a large step is not passed by small ones
 * for ever. Steps that ask for nothing take nothing. Devices are given one by one, each to one step at a time.
 */
export class ResourceSlots {
  readonly size: ResourceAmount;
  readonly #tickets: SlotQueue;
  /** A step that waits for hours for a device must not keep others of this process from the processors. */
  readonly #lines: { readonly plain: Line; readonly devices: Line } = {
    plain: { turn: Promise.resolve(), waiting: 0 },
    devices: { turn: Promise.resolve(), waiting: 0 },
  };
  #freed = new AbortController();

  constructor(size: ResourceAmount, options: TicketOptions) {
    this.size = size;
    this.#tickets = new SlotQueue(options);
  }

  /** ResourceAmount until disposed. Rejects with the signal's reason when that comes first. */
  async take(need: ResourceAmount, wish: SlotRequest): Promise<ResourceShare> {
    wish.signal.throwIfAborted();
    const line = need.devices === undefined ? this.#lines.plain : this.#lines.devices;
    const ticket = line.waiting === 0 ? said(need, () => this.#tickets.draw(need)) : undefined;
    const share = ticket === undefined ? undefined : this.#serve(ticket, need);
    if (share !== undefined) return share;
    wish.onWait?.();
    return await this.#inTurn(line, need, wish.signal, ticket);
  }

  /** For what runs already: it goes on whether its resources are free or not. */
  adopt(need: ResourceAmount, devices: GivenDevices = {}): ResourceShare {
    return said(need, () => this.#held(this.#tickets.drawBegun(need), this.#tickets.adoptDevices(devices)));
  }

  async #inTurn(
    line: Line,
    need: ResourceAmount,
    signal: AbortSignal,
    drawn: Ticket | undefined,
  ): Promise<ResourceShare> {
    const { promise: done, resolve: leave } = Promise.withResolvers<void>();
    const { turn } = line;
    line.turn = Promise.all([turn, done]);
    line.waiting += 1;
    try {
      if (drawn === undefined) await unlessAborted(turn, signal);
      return await this.#untilServed(need, signal, drawn ?? said(need, () => this.#tickets.draw(need)));
    } finally {
      line.waiting -= 1;
      leave();
    }
  }

  async #untilServed(need: ResourceAmount, signal: AbortSignal, ticket: Ticket): Promise<ResourceShare> {
    try {
      for (;;) {
        signal.throwIfAborted();
        const share = this.#serve(ticket, need);
        if (share !== undefined) return share;
        await this.#tickets.clearDead();
        const second = this.#serve(ticket, need);
        if (second !== undefined) return second;
        await this.#nextLook(signal);
      }
    } catch (error) {
      ticket[Symbol.dispose]();
      throw error;
    }
  }

  /** Its share, if its turn has come and everything is there. */
  #serve(ticket: Ticket, need: ResourceAmount): ResourceShare | undefined {
    return said(need, () => {
      if (!fits(sumOf([...ticket.before(), need]), this.size)) return undefined;
      const claim = ticket.claim(need.devices ?? []);
      if (claim === undefined) return undefined;
      try {
        ticket.begin();
      } catch (error) {
        ticket[Symbol.dispose]();
        claim[Symbol.dispose]();
        throw error;
      }
      return this.#held(ticket, claim);
    });
  }

  async #nextLook(signal: AbortSignal): Promise<void> {
    await pause(LOOK_MS, AbortSignal.any([signal, this.#freed.signal]));
    signal.throwIfAborted();
  }

  #held(ticket: Ticket, claim: DeviceClaim): ResourceShare {
    return {
      devices: claim.given,
      [Symbol.dispose]: () => {
        claim[Symbol.dispose]();
        ticket[Symbol.dispose]();
        const freed = this.#freed;
        this.#freed = new AbortController();
        freed.abort();
      },
    };
  }
}

/** A folder that cannot be used is the step's error, in words. */
function said<T>(need: ResourceAmount, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new HeadraceError(
      "HR_STEP_START",
      `the line for ${inWords(need)} of this machine cannot be kept: ${String(error)}`,
      {
        hint: "make ~/.cache/headrace/line (or the same below XDG_CACHE_HOME) a folder that can be written, or make room on its disk",
        cause: error,
      },
    );
  }
}
