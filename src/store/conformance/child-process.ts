import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { ChildTasks } from "./child.ts";
import type { StoreRig } from "./rig.ts";

type Message =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly value: string }
  | { readonly kind: "result"; readonly value: unknown };

/** A real process with a store of its own on the rig's folder. It is loaded and waiting when `start` resolves. */
export class StoreProcess implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #result = Promise.withResolvers<unknown>();
  readonly progress: string[] = [];
  #onProgress: (() => void) | undefined;

  private constructor(process: ChildProcess) {
    this.#process = process;
    // A caller that does not wait for the result (because the process is to be killed) must not fail when it is absent.
    this.#result.promise.catch(() => {});
    process.on("message", (message: Message) => {
      if (message.kind === "result") this.#result.resolve(message.value);
      if (message.kind !== "progress") return;
      this.progress.push(message.value);
      this.#onProgress?.();
    });
    process.once("exit", (code, signal) =>
      this.#result.reject(new Error(`the process ended early: ${code ?? signal}`)),
    );
  }

  static async start(rig: StoreRig): Promise<StoreProcess> {
    const child = fork(new URL("./child.ts", import.meta.url), [rig.module.href, rig.folder], { execArgv: [] });
    const started = new StoreProcess(child);
    await once(child, "message");
    return started;
  }

  async run<Name extends keyof ChildTasks>(
    task: Name,
    input: ChildTasks[Name]["input"],
  ): Promise<ChildTasks[Name]["result"]> {
    this.#process.send({ task, input });
    return (await this.#result.promise) as ChildTasks[Name]["result"];
  }

  /** Lets it work until it has reported so often, then kills it in the midst of whatever it does. */
  async killAfter(reports: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onProgress = () => {
      if (this.progress.length >= reports) resolve();
    };
    this.#process.send({ task: "workForever", input: null });
    await promise;
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}

export function startProcesses(rig: StoreRig, count: number): Promise<readonly StoreProcess[]> {
  return Promise.all(Array.from({ length: count }, () => StoreProcess.start(rig)));
}
