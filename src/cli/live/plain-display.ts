import type { LogBatchView } from "../../api/index.ts";
import type { EventRecord } from "../../store/index.ts";
import { applyEvent, isFinal, type LiveState, newLiveState } from "../../views/index.ts";
import type { Cli } from "../cli.ts";
import { harmless } from "../terminal/harmless.ts";
import { NodePrefix } from "../terminal/node-prefix.ts";
import type { RunDisplay, RunOutline } from "./display.ts";
import { LogFeed } from "./log-feed.ts";
import type { LogSource } from "./log-source.ts";
import { LineJoiner } from "./log-text.ts";
import { type PlainContext, plainLine, plainNotice } from "./plain-lines.ts";

const NODE_WIDTH_MAXIMUM = 30;

/**
 * In a pipe, a file or CI: a line for each event, and between them each line that the steps print, on the stream that
 * they printed it to.
 */
export class PlainDisplay implements RunDisplay {
  readonly #cli: Cli;
  readonly #state: LiveState;
  readonly #context: PlainContext;
  readonly #warned = new Set<string>();
  /** The last progress line of each node: builders repeat themselves. */
  readonly #progress = new Map<string, string>();
  readonly #prefix: NodePrefix;
  readonly #feed: LogFeed | undefined;
  readonly #joiners = new Map<string, LineJoiner>();
  /** Ends when what must be printed before the next event is printed; undefined while nothing must. */
  #before: Promise<void> | undefined;

  constructor(cli: Cli, plan: RunOutline, logs: LogSource | undefined) {
    this.#cli = cli;
    const names = plan.nodes.map(({ name }) => name);
    this.#state = newLiveState(plan.name, names);
    const longest = names.reduce((width, name) => Math.max(width, name.length), 0);
    this.#context = { nodeWidth: Math.min(NODE_WIDTH_MAXIMUM, longest), style: cli.out.style };
    this.#prefix = new NodePrefix(names, cli.out.style);
    const viewer = {
      take: (node: string, batch: LogBatchView) => this.#print(node, batch),
      fail: (node: string, error: unknown) => cli.err.lines([failureLine(node, error, cli)]),
    };
    if (logs !== undefined) this.#feed = new LogFeed(logs, viewer, cli.now());
  }

  onEvent(event: EventRecord): void {
    if (this.#before === undefined && this.#logBefore(event) === undefined) this.#show(event);
    else this.#later(event);
  }

  warn(message: string): void {
    this.say(`warning: ${message}`);
  }

  say(message: string): void {
    this.#cli.out.lines([plainNotice(this.#cli.now(), message, this.#context)]);
  }

  async finish(): Promise<void> {
    await this.#before;
    await this.#feed?.close("to-the-end");
  }

  hasShownLog(execution: number): boolean {
    return this.#feed?.hasShown(execution) === true;
  }

  [Symbol.dispose](): void {
    void this.#feed?.close("now");
  }

  #show(event: EventRecord): void {
    applyEvent(this.#state, event);
    if (this.#wasSaid(event)) return;
    const line = plainLine(event, this.#state, this.#context);
    if (line !== undefined) this.#cli.out.lines([line]);
    this.#feed?.onEvent(event, this.#state);
  }

  /** Many steps have the same warning, and builders repeat themselves. */
  #wasSaid({ body }: EventRecord): boolean {
    if (body.kind === "warning") {
      if (this.#warned.has(body.message)) return true;
      this.#warned.add(body.message);
    } else if (body.kind === "execution-progress") {
      if (this.#progress.get(body.node) === body.message) return true;
      this.#progress.set(body.node, body.message);
    }
    return false;
  }

  /**
   * Waits for the step's output, which stands before the word that it has ended. Its log is read on by itself and may
   * be a moment behind.
   */
  #logBefore({ body }: EventRecord): Promise<void> | undefined {
    return body.kind === "execution-state" && isFinal(body.state) ? this.#feed?.endOf(body.node) : undefined;
  }

  #later(event: EventRecord): void {
    const earlier = this.#before;
    const shown = this.#showAfter(earlier, event);
    this.#before = shown;
    void shown.then(() => {
      if (this.#before === shown) this.#before = undefined;
    });
  }

  async #showAfter(earlier: Promise<void> | undefined, event: EventRecord): Promise<void> {
    await earlier;
    await this.#logBefore(event);
    this.#show(event);
  }

  async #print(node: string, { lines }: LogBatchView): Promise<void> {
    const joiner = this.#joiners.get(node) ?? new LineJoiner();
    this.#joiners.set(node, joiner);
    const prefix = this.#prefix.of(node);
    const texts = { stdout: "", stderr: "" };
    let current: "stdout" | "stderr" = "stdout";
    for (const line of lines) {
      // In their order, for whoever sends both streams to the same place.
      if (line.stream !== current && texts[current] !== "") {
        await this.#write(current, texts[current]);
        texts[current] = "";
      }
      current = line.stream;
      const joined = joiner.join(line);
      if (joined !== undefined) texts[current] += joined.begins ? `${prefix}${joined.text}` : joined.text;
    }
    await this.#write(current, texts[current]);
  }

  async #write(stream: "stdout" | "stderr", text: string): Promise<void> {
    const screen = stream === "stdout" ? this.#cli.out : this.#cli.err;
    await screen.flush(screen.isTerminal ? harmless(text) : text);
  }
}

/** Said once for a node whose log can be shown no further. */
export function failureLine(node: string, error: unknown, cli: Cli): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${cli.err.style.yellow("warning:")} what ${node} prints cannot be shown here: ${harmless(reason)}`;
}
