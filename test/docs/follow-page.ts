import { spawn } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { firstLineMissing, type PageBlock, readBlocks, readCommands, type ShownCommand } from "./page-blocks.ts";

const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
const COMMAND = join(repository, process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts");

/** Does what a page of the documentation says, block by block, in an empty folder. Removes itself. */
export class PageReader implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), "headrace-docs-"));
  #folder = join(this.#root, "work");

  constructor() {
    const bin = join(this.#root, "bin");
    mkdirSync(bin);
    mkdirSync(this.#folder);
    writeFileSync(join(bin, "headrace"), `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`);
    chmodSync(join(bin, "headrace"), 0o755);
  }

  /** Everything on the page that can be followed; throws with the page's line where it cannot. */
  async follow(page: string): Promise<void> {
    for (const block of readBlocks(readFileSync(join(repository, page), "utf8"))) {
      if (block.language !== "console") this.#putFile(page, block);
      else if (await this.#canFollow(block))
        for (const shown of readCommands(block)) await this.#type(page, block, shown);
    }
  }

  /** A clone of the repository, or a person at the keyboard, is not there in a test; an index of packages may be. */
  async #canFollow({ words }: PageBlock): Promise<boolean> {
    if (words.includes("elsewhere")) return false;
    if (!words.includes("network")) return true;
    const wheels = join(this.#root, "wheels");
    return (
      (await this.#bash(`python3 -m pip download --quiet --no-deps --dest '${wheels}' tabulate==0.9.0`)).code === 0
    );
  }

  #putFile(page: string, { words: [name, how], text, line }: PageBlock): void {
    if (name === undefined) return;
    const path = join(this.#folder, name);
    if (how === "append") appendFileSync(path, text);
    else if (how !== "same") writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) {
      throw new Error(`${page}:${line}: ${name} is another one:\n${readFileSync(path, "utf8")}`);
    }
  }

  async #type(page: string, block: PageBlock, { command, output, line }: ShownCommand): Promise<void> {
    const { code, text } = await this.#bash(command);
    const isFailure = code !== 0;
    if (isFailure !== block.words.includes("fails"))
      throw new Error(`${page}:${line}: ${command}\nended with ${code}:\n${text}`);
    const missing = firstLineMissing(output, text);
    if (missing !== undefined)
      throw new Error(`${page}:${line}: ${command}\ndoes not print:\n${missing}\nbut:\n${text}`);
  }

  /** A folder that a command changed to holds for the next ones. */
  async #bash(command: string): Promise<{ readonly code: number | null; readonly text: string }> {
    const noted = join(this.#root, "folder");
    const child = spawn("bash", ["-c", `{ ${command}\n}; code=$?; pwd >'${noted}'; exit $code`], {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: `${join(this.#root, "bin")}:${process.env.PATH ?? ""}`,
        NO_COLOR: "1",
        FORCE_COLOR: "0",
        HEADRACE_ENVIRONMENT: "local",
      },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
    this.#folder = readFileSync(noted, "utf8").trimEnd();
    return { code, text };
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
