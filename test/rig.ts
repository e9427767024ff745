import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { atEndOfTest } from "./at-end-of-test.ts";
import { checkAnswer } from "./json-answers.ts";

const repository = join(dirname(fileURLToPath(import.meta.url)), "..");
/** The sources as they are; `npm test` names the bundled commands, which it has just built. */
const WITH_FAULT_POINTS = join(repository, process.env.HEADRACE_TEST_CRASH_COMMAND ?? "src/cli/main.ts");
export const COMMAND = join(repository, process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts");

/** The tests of the behaviour run once for each database; this is for what can be shown on one of them only. */
export const isOnPostgres = (process.env.HEADRACE_DATABASE_URL ?? "") !== "";

export interface CommandResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a temporary folder, and the real command run in it. Removes itself. */
export class ProjectRig implements AsyncDisposable {
  readonly root: string;
  readonly #children = new Set<ChildProcess>();

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.root = mkdtempSync(join(tmpdir(), "headrace-test-"));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    atEndOfTest(() => (existsSync(this.root) ? this[Symbol.asyncDispose]() : undefined));
  }

  write(name: string, text: string | Uint8Array): void {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  read(name: string): string {
    return readFileSync(join(this.root, name), "utf8");
  }

  /** Runs `headrace …` to its end. */
  async headrace(...args: readonly string[]): Promise<CommandResult> {
    return await this.start(...args).result;
  }

  /** Runs with `--json` and reads the answer; fails the test where the exit code is another. */
  async json<T>(expectedCode: number, ...args: readonly string[]): Promise<T> {
    const result = await this.headrace(...args, "--json");
    if (result.code !== expectedCode) {
      throw new Error(
        `headrace ${args.join(" ")} exited with ${result.code ?? result.signal}:\n${result.stdout}\n${result.stderr}`,
      );
    }
    return JSON.parse(result.stdout) as T;
  }

  /** Starts `headrace …` and leaves it running. */
  start(...args: readonly string[]): RunningCommand {
    return this.startIn(this.root, {}, ...args);
  }

  startIn(cwd: string, environment: Readonly<Record<string, string>>, ...args: readonly string[]): RunningCommand {
    // The bundle that users get has no fault points.
    const command = "HEADRACE_TEST_KILL_AT" in environment ? WITH_FAULT_POINTS : COMMAND;
    const child = spawn(process.execPath, [command, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      // The environment is the same wherever the tests run: a Docker of the machine's own is no part of it.
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", HEADRACE_ENVIRONMENT: "local", ...environment },
    });
    this.#children.add(child);
    return new RunningCommand(child, args, () => this.#children.delete(child));
  }

  /** Steps outlive a killed engine, which is as it should be, save when a test has failed half-way. */
  #killSteps(): void {
    for (const path of globSync(join(this.root, ".headrace/executions/*/control/{,again-*/}pid"))) {
      const pid = Number(/^\d+/.exec(readFileSync(path, "utf8"))?.[0]);
      if (existsSync(join(dirname(path), "exit")) || !(pid > 1)) continue;
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    this.#killSteps();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** A command under way: its output so far, its end, and waiting for a text instead of for a time. */
export class RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
  #stdout = "";
  #stderr = "";
  readonly #watchers = new Set<() => void>();

  /** Checks output of `--json` against its schema, in whichever test. */
  constructor(child: ChildProcess, args: readonly string[], onEnd: () => void) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#changed();
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#changed();
    });
    this.result = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        onEnd();
        try {
          if (signal === null && args.includes("--json")) checkAnswer(args, this.#stdout);
          resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
        } catch (error) {
          reject(error);
        }
        this.#changed();
      });
    });
  }

  /** The output that it has printed so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Resolves once stdout or stderr contains a text; rejects when the command ends without it. */
  async sees(text: string | RegExp): Promise<void> {
    const seen = (): boolean => {
      const all = this.#stdout + this.#stderr;
      return typeof text === "string" ? all.includes(text) : text.test(all);
    };
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        const ended = this.child.exitCode !== null || this.child.signalCode !== null;
        if (!seen() && !ended) return;
        this.#watchers.delete(check);
        clearTimeout(late);
        if (seen()) resolve();
        else reject(missing("the command ended"));
      };
      const missing = (what: string) => new Error(`${what} without ${String(text)}:\n${this.#stdout}\n${this.#stderr}`);
      // Before the test's own time is over, which would not say what there was in its place.
      const late = setTimeout(() => reject(missing("four minutes went by")), 240_000);
      late.unref();
      this.#watchers.add(check);
      check();
    });
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
