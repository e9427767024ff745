import { setTimeout as delay } from "node:timers/promises";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { fits, inWords, type Room, sumOf } from "./room-needs.ts";
import { RoomTickets, type Ticket, type TicketOptions } from "./room-tickets.ts";

/** Other processes' steps end unheard; a look costs some microseconds for each that holds or waits. */
const LOOK_MS = 200;

export interface RoomWish {
  readonly signal: AbortSignal;
  /** Called once where it has to wait. */
  readonly onWait?: () => void;
}

/**
 * Processors and memory of the machine as slots, over all of the user's processes: a step that asks for four processors takes four, and
 * begins when they are free. First come, first served, so that a large step is not passed by small ones for ever. Steps that ask for
 * nothing take nothing.
 */
export class MachineRoom {
  readonly size: Room;
  readonly #tickets: RoomTickets;
  /** Of this process, only the first in the line draws a ticket: a thousand ready steps are one wish. */
  #line: Promise<unknown> = Promise.resolve();
  #inLine = 0;
  #freed = new AbortController();

  constructor(size: Room, options: TicketOptions) {
    this.size = size;
    this.#tickets = new RoomTickets(options);
  }

  /** Room until disposed. Rejects with the signal's reason when that comes first. */
  async take(need: Room, wish: RoomWish): Promise<Disposable> {
    wish.signal.throwIfAborted();
    const ticket = this.#inLine === 0 ? said(need, () => this.#tickets.draw(need)) : undefined;
    if (ticket !== undefined && this.#isServed(ticket, need)) return this.#begun(ticket, need);
    wish.onWait?.();
    return await this.#inTurn(need, wish.signal, ticket);
  }

  /** For what runs already: it goes on whether there is room for it or not. */
  takeAnyway(need: Room): Disposable {
    return this.#held(said(need, () => this.#tickets.drawBegun(need)));
  }

  async #inTurn(need: Room, signal: AbortSignal, drawn: Ticket | undefined): Promise<Disposable> {
    const { promise: done, resolve: leave } = Promise.withResolvers<void>();
    const turn = this.#line;
    this.#line = Promise.all([turn, done]);
    this.#inLine += 1;
    try {
      if (drawn === undefined) await unlessAborted(turn, signal);
      return await this.#untilServed(need, signal, drawn ?? said(need, () => this.#tickets.draw(need)));
    } finally {
      this.#inLine -= 1;
      leave();
    }
  }

  async #untilServed(need: Room, signal: AbortSignal, ticket: Ticket): Promise<Disposable> {
    try {
      while (!this.#isServed(ticket, need)) {
        await this.#tickets.clearDead();
        if (this.#isServed(ticket, need)) break;
        await this.#nextLook(signal);
      }
      signal.throwIfAborted();
      return this.#begun(ticket, need);
    } catch (error) {
      ticket[Symbol.dispose]();
      throw error;
    }
  }

  #isServed(ticket: Ticket, need: Room): boolean {
    return fits(sumOf([...said(need, ticket.before), need]), this.size);
  }

  async #nextLook(signal: AbortSignal): Promise<void> {
    await delay(LOOK_MS, undefined, { signal: AbortSignal.any([signal, this.#freed.signal]) }).catch(() => {});
    signal.throwIfAborted();
  }

  #begun(ticket: Ticket, need: Room): Disposable {
    try {
      said(need, ticket.begin);
    } catch (error) {
      ticket[Symbol.dispose]();
      throw error;
    }
    return this.#held(ticket);
  }

  #held(ticket: Ticket): Disposable {
    return {
      [Symbol.dispose]: () => {
        ticket[Symbol.dispose]();
        const freed = this.#freed;
        this.#freed = new AbortController();
        freed.abort();
      },
    };
  }
}

async function unlessAborted(turn: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** A folder that cannot be used is the step's error, in words. */
function said<T>(need: Room, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new HeadraceError("HR_STEP_START", `the line for ${inWords(need)} of this machine cannot be kept: ${String(error)}`, {
      hint: "Make ~/.cache/headrace/line (or the same below XDG_CACHE_HOME) a folder that can be written, or make room on its disk.",
      cause: error,
    });
  }
}
