import { formsOf } from "./secret-forms.ts";

const MASK = Buffer.from("***");
const NOTHING = Buffer.alloc(0);

/**
 * Hides secrets in a stream of bytes, also where a secret is split over several writes: what may be the beginning of
 * one is held back until more comes, or until `end`.
 */
export class SecretMasker {
  readonly #forms: readonly Buffer[];
  readonly #longest: number;
  #held: Buffer = NOTHING;

  constructor(secrets: Iterable<string>) {
    const forms = new Map([...secrets].flatMap(formsOf).map((form) => [form.toString("latin1"), form]));
    this.#forms = [...forms.values()].sort((a, b) => b.length - a.length);
    this.#longest = this.#forms[0]?.length ?? 0;
  }

  /** The bytes that are surely hidden by now, which may be fewer or more than came. */
  write(bytes: Buffer): Buffer {
    if (this.#longest === 0) return bytes;
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const sure = this.#beginOfUnsure(all);
    const { masked, end } = this.#mask(all, sure);
    this.#held = Buffer.from(all.subarray(end));
    return masked;
  }

  /** The rest, when nothing more comes. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = NOTHING;
    return this.#mask(rest, rest.length).masked;
  }

  /** A whole text. */
  mask(text: string): string {
    return Buffer.concat([this.write(Buffer.from(text)), this.end()]).toString();
  }

  /**
   * Hides what begins before `sure`; there, no longer form can come of what follows. `end` is where the answer stops:
   * `sure`, or the end of a form that reaches beyond it.
   */
  #mask(all: Buffer, sure: number): { readonly masked: Buffer; readonly end: number } {
    const parts: Buffer[] = [];
    let from = 0;
    for (let match = this.#next(all, from, sure); match !== undefined; match = this.#next(all, from, sure)) {
      parts.push(all.subarray(from, match.at), MASK);
      from = match.end;
    }
    const end = Math.max(from, sure);
    parts.push(all.subarray(from, end));
    return { masked: Buffer.concat(parts), end };
  }

  /** The first form that begins at `from` or later and before `until`; the longest if several begin there. */
  #next(all: Buffer, from: number, until: number): { readonly at: number; readonly end: number } | undefined {
    let first: { readonly at: number; readonly end: number } | undefined;
    for (const form of this.#forms) {
      // The search ignores forms that begin later than the one that was found already.
      const last = first === undefined ? until : first.at;
      const at = all.subarray(0, Math.min(all.length, last + form.length - 1)).indexOf(form, from);
      if (at >= 0) first = { at, end: at + form.length };
    }
    return first;
  }

  /** Returns the start of the bytes that may be the beginning of a form; the length of `all` if none may. */
  #beginOfUnsure(all: Buffer): number {
    for (let at = Math.max(0, all.length - this.#longest + 1); at < all.length; at++) {
      const rest = all.subarray(at);
      if (this.#forms.some((form) => form.length > rest.length && form.subarray(0, rest.length).equals(rest)))
        return at;
    }
    return all.length;
  }
}
