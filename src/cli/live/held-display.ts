import type { EventRecord, Remark } from "../../store/index.ts";
import type { Cli } from "../cli.ts";
import { harmless } from "../terminal/harmless.ts";
import type { RunDisplay } from "./display.ts";

/**
 * The display of a step that has the terminal to itself: lines on stderr before that, and nothing while it has.
 * Messages of that time are shown when the terminal is back.
 */
export class HeldDisplay implements RunDisplay {
  readonly #cli: Cli;
  readonly #said = new Set<string>();
  #held: string[] | undefined;
  #hasBegun = false;

  constructor(cli: Cli) {
    this.#cli = cli;
  }

  taken(): void {
    this.#hasBegun = true;
    this.#held = [];
  }

  returned(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (held.length > 0) this.#cli.err.lines(held);
  }

  onEvent({ body }: EventRecord): void {
    if (body.kind === "warning") this.remark({ kind: "warning", message: body.message });
    else if (body.kind === "execution-progress") this.remark({ kind: "progress", message: body.message });
  }

  warn(message: string): void {
    this.remark({ kind: "warning", message });
  }

  remark({ kind, message }: Remark): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    const { style } = this.#cli.err;
    const text = harmless(message);
    this.#print(kind === "warning" ? `${style.yellow("warning:")} ${text}` : style.dim(text));
  }

  say(message: string): void {
    this.#print(message);
  }

  async finish(): Promise<void> {
    this.returned();
  }

  hasShownLog(): boolean {
    return this.#hasBegun;
  }

  [Symbol.dispose](): void {
    this.returned();
  }

  #print(line: string): void {
    if (this.#held === undefined) this.#cli.err.lines([line]);
    else this.#held.push(line);
  }
}
