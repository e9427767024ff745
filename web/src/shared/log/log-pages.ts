import type { LogBatchView, LogWindowView } from "../../../../src/api/index.ts";
import { addressOf, call } from "../../api/call.ts";
import type { Group } from "./folds.ts";

export interface ShownLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** The moment at which it was printed. */
  readonly at?: string;
  /** A line without an end yet. */
  readonly isUnfinished?: true;
}

/** The state of a log: its end is looked for, it is followed, its step has ended, or nothing can be heard. */
export type LogState = "opening" | "following" | "ended" | "lost";

const PAGE_LINES = 500;
/** So many pages are held: some 20,000 lines, however long the log is. */
const MOST_PAGES = 40;
const RETRY_MS = 3_000;
/** The server is asked where the first error is so long after a line that may tell of one. */
const ERROR_MS = 1_000;

const WINDOW = "/api/v0/projects/:project/executions/:execution/log/window/";
const FOLLOW = "/api/v0/projects/:project/executions/:execution/log/follow/";

/**
 * The log of an execution by the numbers of its lines: those that are looked at, and those that come. It begins at its
 * end; everything else is asked for when it comes into sight, and forgotten when much else was looked at since. A
 * connection that is lost is taken up after the last line that came.
 */
export class LogPages {
  count = 0;
  unfinished: readonly ShownLine[] = [];
  state: LogState = "opening";
  firstError: number | undefined;
  /** The parts under headings, of all lines so far. */
  groups: readonly Group[] = [];
  /** The first answer is there. */
  isOpen = false;
  readonly #pages = new Map<number, ShownLine[]>();
  readonly #asked = new Set<number>();
  readonly #given: { readonly params: { readonly project: string; readonly execution: number | string } };
  readonly #firstLines: number;
  /** Behind the last line that is known. */
  #next = "";
  #version = 0;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #errorLook: ReturnType<typeof setTimeout> | undefined;
  #leaving = new AbortController();
  readonly #watchers = new Set<() => void>();

  constructor(project: string, execution: number | string, firstLines = PAGE_LINES) {
    this.#given = { params: { project, execution } };
    this.#firstLines = firstLines;
  }

  start(): () => void {
    this.#leaving = new AbortController();
    if (this.isOpen && this.state !== "ended") this.#follow();
    else if (!this.isOpen) void this.#open();
    return () => {
      this.#leaving.abort();
      this.#source?.close();
      this.#source = undefined;
      this.#asked.clear();
      clearTimeout(this.#retry);
      clearTimeout(this.#errorLook);
      this.#errorLook = undefined;
    };
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  version = (): number => this.#version;

  /** The line of a number; undefined where it has yet to be asked for. */
  line(number: number): ShownLine | undefined {
    return (
      this.#pages.get(Math.floor(number / PAGE_LINES))?.[number % PAGE_LINES] ?? this.unfinished[number - this.count]
    );
  }

  /** Asks for the lines between two numbers that are not there. */
  want(first: number, end: number): void {
    for (let page = Math.floor(first / PAGE_LINES); page * PAGE_LINES < Math.min(end, this.count); page++) {
      const lines = this.#pages.get(page);
      if (lines !== undefined) {
        // The one that was looked at last goes last.
        this.#pages.delete(page);
        this.#pages.set(page, lines);
      }
      const from = Math.max(first, page * PAGE_LINES);
      const to = Math.min(end, this.count, (page + 1) * PAGE_LINES);
      for (let number = from; number < to; number++)
        if (this.line(number) === undefined) {
          void this.#load(page);
          break;
        }
    }
  }

  async #open(): Promise<void> {
    try {
      const window = await this.#ask({ limit: this.#firstLines });
      this.#put(window);
      this.#next = window.next;
      this.isOpen = true;
      if (window.isWhole) this.#change("ended");
      else this.#follow();
    } catch {
      this.#lose(() => void this.#open());
    }
  }

  async #load(page: number): Promise<void> {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    try {
      let first = page * PAGE_LINES;
      // Long lines come fewer at a time.
      for (let end = first + PAGE_LINES; first < end; ) {
        const window = await this.#ask({ first, limit: end - first });
        this.#put(window);
        if (window.lines.length === 0) break;
        first += window.lines.length;
        if (first >= window.count) break;
      }
    } catch {
      // They are asked for again when somebody looks at them.
    } finally {
      this.#asked.delete(page);
      this.#change(this.state);
    }
  }

  #ask(query: { readonly first?: number; readonly limit: number }): Promise<LogWindowView> {
    return call("GET", WINDOW, { ...this.#given, query }, this.#leaving.signal);
  }

  #put({ first, lines, count, firstError, groups }: LogWindowView): void {
    for (const [index, { stream, text, at }] of lines.entries()) this.#set(first + index, { stream, text, at });
    this.groups = groups;
    this.firstError = firstError ?? undefined;
    // Lines that come by the stream are counted as they come; a later look may be ahead of it.
    if (!this.isOpen) this.count = count;
    this.#change(this.state);
  }

  #set(number: number, line: ShownLine): void {
    const page = Math.floor(number / PAGE_LINES);
    let lines = this.#pages.get(page);
    if (lines === undefined) {
      lines = [];
      this.#pages.set(page, lines);
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= MOST_PAGES) break;
        this.#pages.delete(oldest);
      }
    }
    lines[number % PAGE_LINES] = line;
  }

  #follow(): void {
    const source = new EventSource(addressOf(FOLLOW, { ...this.#given, query: { from: this.#next } }));
    this.#source = source;
    source.onopen = () => this.#change("following");
    source.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as LogBatchView);
    source.addEventListener("end", () => {
      source.close();
      this.unfinished = [];
      this.#lookForError();
      this.#change("ended");
    });
    // The browser's own way of coming back gives up where the server answers with an error, as one that starts does.
    source.onerror = () => {
      source.close();
      if (this.#source === source) this.#lose(() => this.#follow());
    };
  }

  #lose(again: () => void): void {
    if (this.#leaving.signal.aborted) return;
    this.#change("lost");
    clearTimeout(this.#retry);
    this.#retry = setTimeout(again, RETRY_MS);
  }

  #take({ lines, unfinished, next }: LogBatchView): void {
    for (const { stream, text, at } of lines) {
      this.#set(this.count, { stream, text, at });
      if (text.startsWith("::")) this.groups = groupsWith(this.groups, this.count, text);
      this.count += 1;
    }
    this.#next = next;
    this.unfinished = unfinished.map(({ stream, text }) => ({ stream, text, isUnfinished: true }));
    if (this.firstError === undefined && lines.some(({ text }) => /error|exception|fatal|critical|panic/i.test(text)))
      this.#errorLook ??= setTimeout(() => this.#lookForError(), ERROR_MS);
    this.#change("following");
  }

  #lookForError(): void {
    this.#errorLook = undefined;
    this.#ask({ first: Math.max(0, this.count - 1), limit: 1 }).then(
      (window) => this.#put(window),
      () => undefined,
    );
  }

  #change(state: LogState): void {
    this.state = state;
    this.#version++;
    for (const watcher of this.#watchers) watcher();
  }
}

/** The groups as the server finds them, with a line that came by the stream. It may have known the line before. */
function groupsWith(groups: readonly Group[], line: number, text: string): readonly Group[] {
  const open = groups.at(-1);
  const others = groups.slice(0, -1);
  const isTitle = text.startsWith("::group::");
  if (open === undefined || open.first >= line || open.last !== null)
    return isTitle && (open === undefined || open.first < line) ? [...groups, { first: line, last: null }] : groups;
  if (isTitle) return [...others, { ...open, last: line - 1 }, { first: line, last: null }];
  return /^::endgroup::\s*$/.test(text) ? [...others, { ...open, last: line }] : groups;
}
