import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import type { Room } from "./room-needs.ts";

export interface TicketOptions {
  /** One for all processes that share the machine; made on first use. */
  readonly folder: string;
  /** This process, told from any later one with the same number. Without blanks. */
  readonly label: string;
  /** Whether the process that a label names is dead for certain. */
  readonly isDead: (label: string) => Promise<boolean>;
}

/** A place in the line for the machine, or a part of it. Its disposal gives it back; a dead process' tickets are cleared by the others. */
export interface Ticket extends Disposable {
  /** What those before it have, or wait for. */
  readonly before: () => readonly Room[];
}

interface Entry {
  readonly file: string;
  readonly label: string;
  readonly room: Room;
}

/** What runs already is nobody's to wait for: it counts as before everybody. */
const BEGUN = "begun-";

/**
 * Tickets of all processes as symbolic links: the name says the place in the line, the target whose it is and for how much. A link is made
 * whole or not at all, and only one process gets a name, so that no lock is needed: who comes before whom stands in the names, and a
 * ticket's turn depends on nothing but those before it, which only become fewer.
 */
export class RoomTickets {
  readonly #options: TicketOptions;

  constructor(options: TicketOptions) {
    this.#options = options;
  }

  /** The next place in the line. Throws the system's error where the folder cannot be written. */
  draw(room: Room): Ticket {
    for (;;) {
      const number = Math.max(0, ...this.#numbers()) + 1;
      if (!this.#make(String(number), room)) continue;
      // Whoever was slow between looking and drawing may have got a number that has been served, before some that were drawn since.
      if (this.#numbers().some((other) => other > number)) this.#remove(String(number));
      else return this.#ticket(String(number), number);
    }
  }

  /** A ticket that does not wait. */
  drawBegun(room: Room): Ticket {
    const file = `${BEGUN}${randomBytes(8).toString("hex")}`;
    this.#make(file, room);
    return this.#ticket(file, 0);
  }

  async clearDead(): Promise<void> {
    const dead = new Map<string, Promise<boolean>>();
    for (const { file, label } of this.#entries(() => true)) {
      if (!dead.has(label)) dead.set(label, label === this.#options.label ? Promise.resolve(false) : this.#options.isDead(label));
      if ((await dead.get(label)) === true) this.#remove(file);
    }
  }

  #ticket(file: string, number: number): Ticket {
    let isHeld = true;
    const isBefore = (other: string): boolean => other !== file && (other.startsWith(BEGUN) || Number(other) < number);
    return {
      before: () => this.#entries(isBefore).map(({ room }) => room),
      [Symbol.dispose]: () => {
        if (isHeld) this.#remove(file);
        isHeld = false;
      },
    };
  }

  #numbers(): readonly number[] {
    return this.#files().flatMap((file) => (/^\d{1,15}$/.test(file) ? [Number(file)] : []));
  }

  #entries(wanted: (file: string) => boolean): readonly Entry[] {
    return this.#files()
      .filter(wanted)
      .flatMap((file) => this.#read(file) ?? []);
  }

  #files(): readonly string[] {
    try {
      return readdirSync(this.#options.folder);
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return [];
      throw error;
    }
  }

  /** Undefined for what was given back meanwhile, and for what is no ticket. */
  #read(file: string): Entry | undefined {
    let target: string;
    try {
      target = readlinkSync(join(this.#options.folder, file));
    } catch {
      return undefined;
    }
    const [, label, milliCpu, memoryMb] = /^(\S+) (\d{1,12}) (\d{1,12})$/.exec(target) ?? [];
    return label === undefined ? undefined : { file, label, room: { milliCpu: Number(milliCpu), memoryMb: Number(memoryMb) } };
  }

  /** False when another process has the name. */
  #make(file: string, { milliCpu, memoryMb }: Room): boolean {
    const { folder, label } = this.#options;
    const make = (): void => symlinkSync(`${label} ${milliCpu} ${Math.ceil(memoryMb)}`, join(folder, file));
    try {
      make();
      return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "EEXIST") return false;
      if (code !== "ENOENT") throw error;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      make();
      return true;
    }
  }

  #remove(file: string): void {
    try {
      unlinkSync(join(this.#options.folder, file));
    } catch {
      // Cleared by somebody else, as caches are; or it cannot be removed, and counts until this process ends.
    }
  }
}
