import type { LogBatchView, RunDetailView } from "../../api/index.ts";
import type { EventRecord } from "../../store/index.ts";
import { applyEvent, fillReused, type LiveState, newLiveState, plural } from "../../views/index.ts";
import type { Cli } from "../cli.ts";
import { LiveBlock } from "../terminal/live-block.ts";
import { NodePrefix } from "../terminal/node-prefix.ts";
import { oneLine, truncate, wrap } from "../terminal/width.ts";
import { Backlog } from "./backlog.ts";
import type { RunDisplay, RunOutline } from "./display.ts";
import { LogFeed } from "./log-feed.ts";
import type { LogSource } from "./log-source.ts";
import { settled, terminalLine } from "./log-text.ts";
import { failureLine } from "./plain-display.ts";
import { renderLive } from "./view.ts";

/** The last picture stays, and may scroll: it leaves out nodes only where they are very many. */
const LAST_ROWS = 101;
const FRAME_MS = 100;
/** Most unfinished lines (progress bars) that stand above the nodes. */
const BARS = 3;

/** On a terminal: a block at the bottom that is redrawn in place; what steps print goes by above it. */
export class LiveDisplay implements RunDisplay {
  readonly #cli: Cli;
  readonly #state: LiveState;
  readonly #block: LiveBlock;
  readonly #timer: NodeJS.Timeout;
  readonly #warned = new Set<string>();
  readonly #prefix: NodePrefix;
  readonly #feed: LogFeed | undefined;
  readonly #backlog = new Backlog();
  readonly #bars = new Map<string, string>();
  /** Streams in the middle of a line that is shown by its beginning alone. */
  readonly #cut = new Set<string>();
  #message: string | undefined;
  #isRecorded = false;

  constructor(cli: Cli, plan: RunOutline, logs: LogSource | undefined) {
    this.#cli = cli;
    const names = plan.nodes.map(({ name }) => name);
    this.#state = newLiveState(plan.name, names);
    this.#block = new LiveBlock(cli.out);
    this.#prefix = new NodePrefix(names, cli.out.style);
    const viewer = {
      take: (node: string, batch: LogBatchView) => this.#take(node, batch),
      fail: (node: string, error: unknown) => this.#block.print([failureLine(node, error, cli)]),
    };
    if (logs !== undefined) this.#feed = new LogFeed(logs, viewer, cli.now());
    // Drawn by the clock and not by the events: a burst of a thousand events costs one frame, and the seconds go on
    // without any.
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#draw();
  }

  onEvent(event: EventRecord): void {
    this.#isRecorded = true;
    applyEvent(this.#state, event);
    if (event.body.kind === "warning") this.#warnOf(event.body.node, event.body.message);
    this.#feed?.onEvent(event, this.#state);
  }

  warn(message: string): void {
    this.#warnOf(undefined, message);
  }

  say(message: string): void {
    this.#message = message;
    this.#draw();
  }

  async finish({ nodes }: Pick<RunDetailView, "nodes">): Promise<void> {
    fillReused(
      this.#state,
      new Map(nodes.flatMap((node) => (node.reused && node.execution ? [[node.name, node.execution.metadata]] : []))),
    );
    await this.#feed?.close("to-the-end");
  }

  hasShownLog(execution: number): boolean {
    return this.#feed?.hasShown(execution) === true && !this.#backlog.isIncomplete;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    void this.#feed?.close("now");
    this.#bars.clear();
    this.#message = undefined;
    // A run that was refused leaves nothing but its error.
    if (this.#isRecorded) this.#draw("all");
    else this.#block.update([]);
    this.#block[Symbol.dispose]();
  }

  /** Once, although many steps may have it. */
  #warnOf(node: string | undefined, message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#block.print(warningLines(node === undefined ? message : `${node}: ${message}`, this.#cli));
  }

  #take(node: string, { lines, unfinished }: LogBatchView): void {
    for (const { stream, text, continues } of lines) {
      const key = `${node}\n${stream}`;
      if (!this.#cut.has(key)) this.#show(node, stream, text);
      if (continues) this.#cut.add(key);
      else this.#cut.delete(key);
      this.#bars.delete(key);
    }
    for (const { stream, text } of unfinished) this.#bars.set(`${node}\n${stream}`, text);
  }

  #show(node: string, stream: "stdout" | "stderr", text: string): void {
    // `2> errors.log` means the step's errors as well.
    if (stream === "stderr" && !this.#cli.err.isTerminal) this.#cli.err.write(`${settled(text)}\n`);
    else this.#backlog.push({ node, stream, text });
  }

  #draw(how: "frame" | "all" = "frame"): void {
    const { width, height } = this.#cli.out.size();
    const { style } = this.#cli.out;
    const { leftOut, lines } = how === "all" ? this.#backlog.takeAll() : this.#backlog.take();
    const above = lines.map(({ node, ...line }) => {
      const { text, isMetadata } = terminalLine(line);
      return `${this.#prefix.of(node)}${isMetadata ? style.dim(text) : text}`;
    });
    if (leftOut > 0)
      above.unshift(
        style.dim(`… ${plural(leftOut, "line")} not shown here, as they came too fast; \`headrace logs\` has them`),
      );
    const bars = this.#barLines(width);
    const message = this.#message === undefined ? {} : { message: this.#message };
    // The cursor stands on the line below the block, so that one row is not to be had.
    const rows = how === "all" ? Math.max(height - 1, LAST_ROWS) : height - 1 - bars.length;
    const block = renderLive(this.#state, { width, height: rows, style, now: this.#cli.now(), ...message });
    this.#block.scroll(above, [...bars, ...block]);
  }

  #barLines(width: number): readonly string[] {
    return [...this.#bars]
      .flatMap(([key, bar]) => {
        const node = key.slice(0, key.indexOf("\n"));
        const text = oneLine(settled(bar.endsWith("\r") ? bar.slice(0, -1) : bar)).trimEnd();
        const prefix = this.#prefix.of(node);
        return text === "" ? [] : [`${prefix}${truncate(text, width - 1 - this.#prefix.width)}`];
      })
      .slice(-BARS);
  }
}

function warningLines(message: string, cli: Cli): readonly string[] {
  const { style } = cli.out;
  const label = "warning: ";
  const lines = wrap(oneLine(message), cli.out.size().width - label.length);
  return lines.map((line, index) =>
    index === 0 ? `${style.bold(style.yellow(label.trim()))} ${line}` : " ".repeat(label.length) + line,
  );
}
