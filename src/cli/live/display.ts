import type { RunNotice } from "../../app/index.ts";
import type { EventRecord } from "../../store/index.ts";
import type { Cli } from "../cli.ts";
import { LiveBlock } from "../terminal/live-block.ts";
import { oneLine, wrap } from "../terminal/width.ts";
import { applyEvent, applyProgress, type LiveState, newLiveState } from "./live-state.ts";
import { type PlainContext, plainLine, plainNotice } from "./plain-lines.ts";
import { renderLive } from "./view.ts";

/** Shows a run while it is under way. */
export interface RunDisplay extends Disposable {
  onEvent(event: EventRecord): void;
  onNotice(notice: RunNotice): void;
  /** Said until the end, e.g. that the run is being stopped. */
  say(message: string): void;
}

const FRAME_MS = 100;
const NODE_WIDTH_MAXIMUM = 30;

/** What is known of a run before its first event. */
export interface RunOutline {
  readonly name: string;
  readonly nodes: readonly { readonly name: string }[];
}

/** The display that fits: a block redrawn in place on a terminal, plain lines elsewhere and in CI, nothing with `--json`. */
export function makeDisplay(cli: Cli, plan: RunOutline, options: { readonly json: boolean }): RunDisplay {
  if (options.json) return new SilentDisplay();
  const isLive = cli.out.isTerminal && isUnset(cli.env.CI) && cli.env.TERM !== "dumb";
  return isLive ? new LiveDisplay(cli, plan) : new PlainDisplay(cli, plan);
}

class LiveDisplay implements RunDisplay {
  readonly #cli: Cli;
  readonly #state: LiveState;
  readonly #block: LiveBlock;
  readonly #timer: NodeJS.Timeout;
  readonly #warned = new Set<string>();
  #message: string | undefined;
  #isRecorded = false;

  constructor(cli: Cli, plan: RunOutline) {
    this.#cli = cli;
    this.#state = stateOf(plan);
    this.#block = new LiveBlock(cli.out);
    // Drawn by the clock and not by the events: a burst of a thousand events costs one frame, and the seconds go on without any.
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#draw();
  }

  onEvent(event: EventRecord): void {
    this.#isRecorded = true;
    applyEvent(this.#state, event);
  }

  onNotice(notice: RunNotice): void {
    if (notice.kind === "progress") {
      applyProgress(this.#state, notice.node, notice.message);
      return;
    }
    if (this.#warned.has(notice.message)) return;
    this.#warned.add(notice.message);
    this.#block.print(warningLines(notice, this.#cli));
  }

  say(message: string): void {
    this.#message = message;
    this.#draw();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#message = undefined;
    // A run that was refused leaves nothing but its error.
    if (this.#isRecorded) this.#draw();
    else this.#block.update([]);
    this.#block[Symbol.dispose]();
  }

  #draw(): void {
    const { width, height } = this.#cli.out.size();
    const message = this.#message === undefined ? {} : { message: this.#message };
    // The cursor stands on the line below the block, so that one row is not to be had.
    this.#block.update(
      renderLive(this.#state, { width, height: height - 1, style: this.#cli.out.style, now: this.#cli.now(), ...message }),
    );
  }
}

class PlainDisplay implements RunDisplay {
  readonly #cli: Cli;
  readonly #state: LiveState;
  readonly #context: PlainContext;
  readonly #warned = new Set<string>();
  /** The last progress line of each node: builders repeat themselves. */
  readonly #progress = new Map<string, string>();

  constructor(cli: Cli, plan: RunOutline) {
    this.#cli = cli;
    this.#state = stateOf(plan);
    const longest = Math.max(0, ...plan.nodes.map((node) => node.name.length));
    this.#context = { nodeWidth: Math.min(NODE_WIDTH_MAXIMUM, longest), style: cli.out.style };
  }

  onEvent(event: EventRecord): void {
    applyEvent(this.#state, event);
    const line = plainLine(event, this.#state, this.#context);
    if (line !== undefined) this.#cli.out.lines([line]);
  }

  onNotice(notice: RunNotice): void {
    if (notice.kind === "warning") {
      if (this.#warned.has(notice.message)) return;
      this.#warned.add(notice.message);
      this.#cli.out.lines([plainNotice(this.#cli.now(), notice.node, `warning: ${notice.message}`, this.#context)]);
      return;
    }
    if (this.#progress.get(notice.node) === notice.message) return;
    this.#progress.set(notice.node, notice.message);
    this.#cli.out.lines([plainNotice(this.#cli.now(), notice.node, notice.message, this.#context)]);
  }

  say(message: string): void {
    this.#cli.out.lines([plainNotice(this.#cli.now(), undefined, message, this.#context)]);
  }

  [Symbol.dispose](): void {}
}

class SilentDisplay implements RunDisplay {
  onEvent(): void {}
  onNotice(): void {}
  say(): void {}
  [Symbol.dispose](): void {}
}

function stateOf(plan: RunOutline): LiveState {
  return newLiveState(
    plan.name,
    plan.nodes.map((node) => node.name),
  );
}

function warningLines(notice: RunNotice, cli: Cli): readonly string[] {
  const { style } = cli.out;
  const label = "warning: ";
  const node = notice.node === undefined ? "" : `${notice.node}: `;
  const lines = wrap(oneLine(`${node}${notice.message}`), cli.out.size().width - label.length);
  return lines.map((line, index) => (index === 0 ? `${style.bold(style.yellow(label.trim()))} ${line}` : " ".repeat(label.length) + line));
}

/** CI services set CI=true; `CI=` and `CI=false` mean that it is none. */
function isUnset(value: string | undefined): boolean {
  return value === undefined || value === "" || value === "false" || value === "0";
}
