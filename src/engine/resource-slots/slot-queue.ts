import { randomBytes } from "node:crypto";
import { lstatSync, lutimesSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { adoptDevices, claimDevices, type DeviceClaim, type GivenDevices, type LockFolder } from "./device-locks.ts";
import { type DeviceNeed, NO_RESOURCES, type ResourceAmount } from "./resource-needs.ts";

export interface TicketOptions {
  /** One for all processes that share the machine; made on first use. */
  readonly folder: string;
  /** This process, told from any later one with the same number. Without blanks. */
  readonly label: string;
  /** True if the process that a label names is dead for certain. */
  readonly isDead: (label: string) => Promise<boolean>;
}

/**
 * A place in the line for the machine, then a part of it. Its disposal gives it back; a dead process' tickets are
 * cleared by the others.
 */
export interface Ticket extends Disposable {
  /** Returns the amounts that others hold, and those that others before it wait for. Also says that it still waits. */
  readonly before: () => readonly ResourceAmount[];
  /**
   * The devices that it needs, for it alone; undefined where too few are free, or somebody who waits for such ones
   * comes before it.
   */
  readonly claim: (needs: readonly DeviceNeed[]) => DeviceClaim | undefined;
  /** Its turn has come: from now on it counts as before everybody. */
  readonly begin: () => void;
}

interface Entry {
  readonly file: string;
  readonly label: string;
  readonly amount: ResourceAmount;
  /** The kinds of devices that it waits for, or has. */
  readonly kinds: readonly string[];
}

const BEGUN = "begun-";
/**
 * A waiting process shows it several times a second. One that does not is suspended (Ctrl-Z, say), and the others need
 * not wait for it.
 */
const SILENT_MS = 5_000;

/**
 * Tickets of all processes as symbolic links: the name says the place in the line (`7`) or that it has begun
 * (`begun-…`), the target whose it is and for how much, the time of change when its owner was last seen waiting. A link
 * is made whole or not at all, and only one process gets a name, so that no lock is needed: two tickets whose turn
 * comes at the same moment count each other by their numbers.
 */
export class SlotQueue {
  readonly #options: TicketOptions;

  constructor(options: TicketOptions) {
    this.#options = options;
  }

  /** The next place in the line. Throws the system's error where the folder cannot be written. */
  draw(amount: ResourceAmount): Ticket {
    for (;;) {
      const number = Math.max(0, ...this.#numbers()) + 1;
      if (!this.#make(String(number), amount)) continue;
      // A process that was slow between looking and drawing may have got a number that has been served, before some
      // that were drawn since.
      if (this.#numbers().some((other) => other > number)) this.#remove(String(number));
      else return this.#ticket(String(number), number, amount);
    }
  }

  /** A ticket that does not wait. */
  drawBegun(amount: ResourceAmount): Ticket {
    return this.#ticket(this.#makeBegun(amount), 0, amount);
  }

  /** Devices of a step that runs already. */
  adoptDevices(given: GivenDevices): DeviceClaim {
    return adoptDevices(given, this.#locks);
  }

  async clearDead(): Promise<void> {
    const dead = new Map<string, Promise<boolean>>();
    for (const { file, label } of this.#entries(() => true)) {
      if (!dead.has(label))
        dead.set(label, label === this.#options.label ? Promise.resolve(false) : this.#options.isDead(label));
      if ((await dead.get(label)) === true) this.#remove(file);
    }
  }

  #ticket(drawn: string, number: number, amount: ResourceAmount): Ticket {
    let file: string | undefined = drawn;
    const isBefore = (other: string): boolean =>
      other.startsWith(BEGUN) || (Number(other) < number && this.#isWaiting(other));
    return {
      before: () => {
        this.#showWaiting(drawn);
        return this.#entries(isBefore).map((entry) => entry.amount);
      },
      claim: (needs) => {
        const isRival = (other: Entry): boolean => other.kinds.some((kind) => needs.some((need) => need.kind === kind));
        const isAhead = (other: string): boolean => !other.startsWith(BEGUN) && isBefore(other);
        return this.#entries(isAhead).some(isRival) ? undefined : claimDevices(needs, this.#locks);
      },
      begin: () => {
        // For a moment there are both, so that nobody finds neither.
        file = this.#makeBegun(amount);
        this.#remove(drawn);
      },
      [Symbol.dispose]: () => {
        if (file !== undefined) this.#remove(file);
        file = undefined;
      },
    };
  }

  get #locks(): LockFolder {
    return {
      make: (name) => this.#make(name, NO_RESOURCES),
      remove: (name) => this.#remove(name),
      names: () => this.#files(),
    };
  }

  #makeBegun(amount: ResourceAmount): string {
    const file = `${BEGUN}${randomBytes(8).toString("hex")}`;
    this.#make(file, amount);
    return file;
  }

  #showWaiting(file: string): void {
    const now = new Date();
    try {
      lutimesSync(join(this.#options.folder, file), now, now);
    } catch {
      // Cleared by somebody: it is then passed over, and has its turn when its resources are free.
    }
  }

  #isWaiting(file: string): boolean {
    const seen = lstatSync(join(this.#options.folder, file), { throwIfNoEntry: false });
    return seen !== undefined && Date.now() - seen.mtimeMs < SILENT_MS;
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
    const [, label, milliCpu, memoryMb, kinds = ""] = /^(\S+) (\d{1,12}) (\d{1,12})(?: (\S+))?$/.exec(target) ?? [];
    if (label === undefined) return undefined;
    const amount = { milliCpu: Number(milliCpu), memoryMb: Number(memoryMb) };
    return { file, label, amount, kinds: kinds === "" ? [] : kinds.split(",").map(decodeURIComponent) };
  }

  /** False when another process has the name. */
  #make(file: string, { milliCpu, memoryMb, devices = [] }: ResourceAmount): boolean {
    const { folder, label } = this.#options;
    const kinds = devices.map(({ kind }) => encodeURIComponent(kind)).join(",");
    const target = `${label} ${milliCpu} ${Math.ceil(memoryMb)} ${kinds}`.trimEnd();
    const make = (): void => symlinkSync(target, join(folder, file));
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
