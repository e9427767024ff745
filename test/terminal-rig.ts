import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { atEndOfTest } from "./at-end-of-test.ts";

const COMMAND = join(
  dirname(fileURLToPath(import.meta.url)),
  "..",
  process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts",
);

/**
 * Python's own pseudo-terminal. Text that comes on stdin is typed; `ROWS COLUMNS` on descriptor 3 is the window's new
 * size.
 */
const PTY = `
import fcntl, os, pty, select, struct, sys, termios
def size(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
pid, fd = pty.fork()
if pid == 0:
    os.close(3)
    os.execvp(sys.argv[1], sys.argv[1:])
size(24, 80)
sources = [fd, 0, 3]
while True:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:
            data = b""
        if source == fd:
            if not data:
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            os.write(1, data)
        elif not data:
            sources.remove(source)
        elif source == 0:
            os.write(fd, data)
        else:
            size(*map(int, data.split()))
`;

/** A command on a terminal: what it shows, and a person at the keys. */
export class TerminalRig implements Disposable {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #output = "";
  #seen = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    atEndOfTest(() => this.close());
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      for (const watcher of [...this.#watchers]) watcher();
    });
    this.ended = new Promise((resolve) => child.on("close", resolve));
    void this.ended.then(() => {
      for (const watcher of [...this.#watchers]) watcher();
    });
  }

  /** `headrace …` on a terminal of 80 columns. */
  static headrace(cwd: string, ...args: readonly string[]): TerminalRig {
    return TerminalRig.start(cwd, process.execPath, COMMAND, ...args);
  }

  /** A line of shell, in which `"$@"` is `headrace`. */
  static shell(cwd: string, line: string): TerminalRig {
    return TerminalRig.start(cwd, "sh", "-c", line, "sh", process.execPath, COMMAND);
  }

  static start(cwd: string, ...command: readonly string[]): TerminalRig {
    const env = {
      ...process.env,
      TERM: "xterm-256color",
      NO_COLOR: "1",
      FORCE_COLOR: "0",
      HEADRACE_ENVIRONMENT: "local",
    };
    return new TerminalRig(
      spawn("python3", ["-c", PTY, ...command], { cwd, env, stdio: ["pipe", "pipe", "inherit", "pipe"] }),
    );
  }

  get output(): string {
    return this.#output.replaceAll("\r\n", "\n");
  }

  /** Resolves once the text shows below what was waited for last; rejects when the command ends without it. */
  async sees(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        const at = this.#output.indexOf(text, this.#seen);
        if (at < 0 && this.#child.exitCode === null && this.#child.signalCode === null) return;
        this.#watchers.delete(check);
        if (at < 0) reject(new Error(`the command ended without ${JSON.stringify(text)}:\n${this.#output}`));
        this.#seen = at + text.length;
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  resize(rows: number, columns: number): void {
    const control = this.#child.stdio[3];
    if (control instanceof Object && "write" in control) control.write(`${rows} ${columns}\n`);
  }

  /** The window is closed. */
  close(): void {
    this.#child.kill("SIGKILL");
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
