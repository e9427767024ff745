/** The program that runs notebooks, as it lies in a step's config folder. */
export const NOTEBOOK_RUNNER = "run-notebook.py";

/**
 * The text before a notebook in the lines that a step really runs; the shell knows the folder, which differs between
 * the places of a step.
 */
const RUN = `python3 "$VH_CONFIG_DIR/${NOTEBOOK_RUNNER}" `;

/**
 * Variables of the line, then a word that ends in `.ipynb`: plain, or in quotes without anything that the shell would
 * expand.
 */
const NOTEBOOK_LINE =
  /^([ \t]*(?:[A-Za-z_]\w*=[A-Za-z0-9_@%+=:,./-]*[ \t]+)*)((?:[A-Za-z0-9_@%+=:,./-]|'[^'\n]*'|"[^"$`\\!\n]*")+)(?=[ \t\r]|$)/;

/**
 * Lines of a built command whose program is a notebook (`train.ipynb --epochs=3`) become lines that run it; all others
 * stay as they are. Within a text of several lines a line counts only where a command begins: not in a here-document, a
 * text in quotes, a list in brackets, nor after a backslash.
 *
 * @example runNotebooks(["train.ipynb --epochs=3"]) // ['python3 "$VH_CONFIG_DIR/run-notebook.py" train.ipynb --epochs=3']
 */
export function runNotebooks(command: readonly string[]): readonly string[] {
  if (!command.some((text) => text.includes(".ipynb")) || isOtherLanguage(command[0] ?? "")) return command;
  let before = "";
  return command.map((text) =>
    text
      .split("\n")
      .map((line) => {
        const built = beginsCommand(before) ? withRunner(line) : line;
        before += `${line}\n`;
        return built;
      })
      .join("\n"),
  );
}

/** Returns true if the lines of a step's command, as it is recorded, run a notebook. */
export function runsNotebook(command: readonly string[]): boolean {
  return command.some((text) => text.includes(RUN));
}

/** The notebook that a line of a built command runs. */
export function ranNotebook(line: string): string | undefined {
  return line.includes(RUN) ? notebookOf(line.replace(RUN, "")) : undefined;
}

/** The notebook that a line of a command as it is written begins with. */
export function notebookOf(line: string): string | undefined {
  const word = NOTEBOOK_LINE.exec(line)?.[2];
  if (word === undefined || /^[A-Za-z_]\w*=/.test(word)) return undefined;
  const path = word.replace(
    /'([^']*)'|"([^"]*)"/g,
    (_, single: string | undefined, double: string | undefined) => single ?? double ?? "",
  );
  return path.endsWith(".ipynb") ? path : undefined;
}

function withRunner(line: string): string {
  return notebookOf(line) === undefined
    ? line
    : line.replace(NOTEBOOK_LINE, (_, variables: string, word: string) => variables + RUN + word);
}

function isOtherLanguage(first: string): boolean {
  return first.startsWith("#!") && !/^#![ \t]*(?:\S*\/env[ \t]+)?(?:\S*\/)?(?:ba|da|z|k)?sh(?:[ \t\r\n]|$)/.test(first);
}

/** Quotes that are open, or were; where the shell's rules would have to be known in full, the answer is no. */
function beginsCommand(before: string): boolean {
  if (before.endsWith("\\\n") || before.includes("<<")) return false;
  const count = (pattern: RegExp): number => before.match(pattern)?.length ?? 0;
  return count(/'/g) % 2 === 0 && count(/"/g) % 2 === 0 && count(/\(/g) <= count(/\)/g);
}
