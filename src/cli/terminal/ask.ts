import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { isatty } from "node:tty";
import { HeadraceError } from "../../errors.ts";

/** More than any password or token has. */
const MOST_CHARACTERS = 64 * 1024;

/** Asks the user on the terminal; `fallback` for an empty answer. Throws HR_USAGE where nobody can answer. */
export async function askLine(question: string, fallback: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await untilEnd(lines, lines.question(`${question} [${fallback}]: `))).trim() || fallback;
  } finally {
    lines.close();
  }
}

/**
 * A password or a token: typed on the terminal, where it does not show, or the first line of standard input. It never
 * stands in the arguments of a process, which everybody on the machine can read.
 */
export async function askSecret(question: string): Promise<string> {
  return requireText(isatty(0) ? await typedSecret(question) : await firstLineOfInput(), question);
}

/** A secret that is typed on the terminal, where it does not show. The question goes to stderr. */
export async function typedSecret(question: string): Promise<string> {
  process.stderr.write(`${question}: `);
  // The typed characters are echoed nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await untilEnd(lines, lines.question(""));
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

async function firstLineOfInput(): Promise<string> {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) {
    text += String(piece);
    if (text.includes("\n") || text.length > MOST_CHARACTERS) break;
  }
  return text.split(/\r?\n/)[0] ?? "";
}

function requireText(text: string, question: string): string {
  if (text !== "" && text.length <= MOST_CHARACTERS) return text;
  throw new HeadraceError("HR_USAGE", `no ${question.toLowerCase()} was given`, {
    hint: "type it on a terminal, or send it as the first line of standard input",
  });
}

/** Ctrl-C and Ctrl-D at the question end the command. */
async function untilEnd(lines: ReturnType<typeof createInterface>, answer: Promise<string>): Promise<string> {
  const ended = new Promise<never>((_, reject) => {
    const stop = (): void =>
      reject(new HeadraceError("HR_USAGE", "the question was not answered", { hint: "start again" }));
    lines.once("close", stop);
    lines.once("SIGINT", () => lines.close());
  });
  return await Promise.race([answer, ended]);
}
