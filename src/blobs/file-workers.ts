import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { errorOf, type FileJobName, type FileJobs, type JobAnswer, type JobMessage } from "./file-jobs.ts";

interface PendingJob {
  readonly message: JobMessage;
  readonly settle: PromiseWithResolvers<unknown>;
}

interface Thread {
  readonly worker: Worker;
  current: PendingJob | undefined;
}

/** More than four threads outrun most disks, and each costs about 5 MB. */
const MOST_THREADS = 4;

// Unbundled, the worker is this room's source; bundled, it lies beside the chunks in dist/.
const WORKER_URL = new URL(import.meta.url.endsWith(".ts") ? "./hash-worker.ts" : "./hash-worker.js", import.meta.url);

/**
 * A pool of threads that read and write whole files. Threads start with the work and keep the process alive only while
 * they have some.
 */
export class FileWorkers implements AsyncDisposable {
  readonly #threads = new Set<Thread>();
  readonly #queue: PendingJob[] = [];
  readonly #size = Math.min(MOST_THREADS, availableParallelism());
  #nextId = 1;
  #closed = false;

  /** Number of jobs that can run side by side. */
  get size(): number {
    return this.#size;
  }

  run<Name extends FileJobName>(
    name: Name,
    argument: Parameters<FileJobs[Name]>[0],
  ): Promise<ReturnType<FileJobs[Name]>> {
    if (this.#closed) return Promise.reject(new Error("the blob store is closed"));
    const settle = Promise.withResolvers<unknown>();
    this.#queue.push({ message: { id: this.#nextId++, name, argument }, settle });
    this.#dispatch();
    return settle.promise as Promise<ReturnType<FileJobs[Name]>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#threads].map((thread) => thread.worker.terminate()));
    for (const job of this.#queue.splice(0)) job.settle.reject(new Error("the blob store is closed"));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#idleThread();
      if (thread === undefined) return;
      thread.current = this.#queue.shift();
      thread.worker.ref();
      thread.worker.postMessage(thread.current?.message);
    }
  }

  #idleThread(): Thread | undefined {
    for (const thread of this.#threads) if (thread.current === undefined) return thread;
    return this.#threads.size < this.#size ? this.#startThread() : undefined;
  }

  #startThread(): Thread {
    // Without our own flags: a test runner's loader or `--input-type` has no business in there.
    const worker = new Worker(WORKER_URL, { name: "headrace-files", execArgv: [] });
    const thread: Thread = { worker, current: undefined };
    this.#threads.add(thread);
    worker.on("message", (answer: JobAnswer) => this.#finish(thread, answer));
    worker.on("error", (error) => this.#drop(thread, error));
    worker.on("exit", () => this.#drop(thread, new Error("a file worker ended before its job was done")));
    return thread;
  }

  #finish(thread: Thread, answer: JobAnswer): void {
    const job = thread.current;
    thread.current = undefined;
    thread.worker.unref();
    if (answer.kind === "done") job?.settle.resolve(answer.result);
    else job?.settle.reject(errorOf(answer.failure));
    this.#dispatch();
  }

  #drop(thread: Thread, reason: unknown): void {
    if (!this.#threads.delete(thread)) return;
    thread.current?.settle.reject(reason);
    if (!this.#closed) this.#dispatch();
  }
}
