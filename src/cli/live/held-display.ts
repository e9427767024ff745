import type { RunNotice } from "../../api/index.ts";
import type { Cli } from "../cli.ts";
import { harmless } from "../terminal/harmless.ts";
import type { RunDisplay } from "./display.ts";

/**
 * The display of a step that has the terminal to itself: lines on stderr before that, and nothing while it has. What is to be said then is said when
 * the terminal is back.
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

  onEvent(): void {}

  onNotice({ kind, message }: RunNotice): void {
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
