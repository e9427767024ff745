import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { HeadraceError } from "../../errors.ts";

/**
 * Time that a pattern may take for the lines of one message. Half a megabyte is a matter of milliseconds for a pattern
 * that does not try everything again and again; one that does takes longer than the universe.
 */
const PATIENCE_MS = 5_000;
const MESSAGE_CHARACTERS = 512 * 1024;
/** So many threads of a process match at a time; the others wait. */
const MOST_THREADS = 4;
/** A thread costs some megabytes: one that has had nothing to do for so long ends. */
const IDLE_MS = 5_000;

// Unbundled, the worker is this room's source; bundled, it lies beside the chunks in dist/.
const WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./pattern-worker.ts" : "./pattern-worker.js",
  import.meta.url,
);

/**
 * A pattern without groups and repetitions tries each place of a line once for each of its alternatives, so that no
 * line can hold it up. The command line puts one group around it: `(?i:nan|error)`.
 */
const PLAIN = /^(?:\(\?i:)?(?:[^\\()*+?{}]|\\[dDwWsSbBtn\\.()[\]{}*+?^$|/-])*\)?$/;

/**
 * A regular expression of a user, which may take any time for a line: `(a+)+$` does. Other than plain ones are matched
 * in a thread, which is ended when it takes too long; this one goes on serving others meanwhile.
 */
export class LinePattern implements AsyncDisposable {
  readonly #source: string;
  readonly #pattern: RegExp;
  readonly #patienceMs: number;
  #worker: Promise<Worker> | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** Throws HR_USAGE for what is no regular expression. */
  constructor(source: string, patienceMs = PATIENCE_MS) {
    this.#source = source;
    this.#patienceMs = patienceMs;
    try {
      this.#pattern = new RegExp(source);
    } catch (cause) {
      throw new HeadraceError("HR_USAGE", `${JSON.stringify(source)} is no regular expression`, {
        hint: "put a backslash before each of ( ) [ ] { } . * + ? ^ $ | that stands for itself",
        cause,
      });
    }
  }

  /** Tells for each of the texts if the pattern matches it. Throws HR_USAGE where it takes too long for one. */
  async matches(texts: readonly string[]): Promise<readonly boolean[]> {
    if (PLAIN.test(this.#source)) return texts.map((text) => this.#pattern.test(text));
    const found: boolean[] = [];
    for (const part of messagesOf(texts)) {
      using _turn = await turn();
      found.push(...(await this.#ask(part)));
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await (await worker?.catch(() => undefined))?.terminate();
  }

  async #ask(texts: readonly string[]): Promise<readonly boolean[]> {
    clearTimeout(this.#idle);
    this.#worker ??= startWorker(this.#source);
    const worker = await this.#worker;
    worker.ref();
    const clock = new AbortController();
    const answer = Promise.withResolvers<readonly boolean[]>();
    worker.once("message", answer.resolve).once("error", answer.reject);
    worker.postMessage(texts);
    try {
      const late = delay(this.#patienceMs, "late" as const, { signal: clock.signal });
      late.catch(() => undefined);
      const found = await Promise.race([answer.promise, late]);
      if (found !== "late") return found;
    } finally {
      clock.abort();
      worker.off("message", answer.resolve).off("error", answer.reject);
      worker.unref();
      this.#idle = setTimeout(() => void this[Symbol.asyncDispose](), IDLE_MS).unref();
    }
    await this[Symbol.asyncDispose]();
    throw new HeadraceError("HR_USAGE", `the pattern ${JSON.stringify(this.#source)} takes too long to match a line`, {
      hint: "take a repetition out of another one, such as the inner + of (a+)+",
    });
  }
}

/** Resolves once it can be asked. */
async function startWorker(source: string): Promise<Worker> {
  const worker = new Worker(WORKER_URL, { workerData: source });
  await once(worker, "message");
  return worker;
}

function* messagesOf(texts: readonly string[]): Generator<readonly string[]> {
  let part: string[] = [];
  let characters = 0;
  for (const text of texts) {
    part.push(text);
    characters += text.length;
    if (characters < MESSAGE_CHARACTERS) continue;
    yield part;
    part = [];
    characters = 0;
  }
  if (part.length > 0) yield part;
}

let matching = 0;
const waiting: (() => void)[] = [];

/** Threads share the processors of this process with everything else that it does. */
async function turn(): Promise<Disposable> {
  if (matching >= MOST_THREADS) await new Promise<void>((resolve) => waiting.push(resolve));
  else matching++;
  return {
    [Symbol.dispose]: () => {
      const next = waiting.shift();
      if (next === undefined) matching--;
      else next();
    },
  };
}
