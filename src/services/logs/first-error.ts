const TRACEBACK = /^Traceback \(most recent call last\)/;
/** Python tells an error that followed from another after it: the cause stands first. */
const CHAINED = /^(?:During handling of the above exception|The above exception was the direct cause)/;
/** Other lines that tell of a failure, as the languages of the field write them, the most telling first. */
const TELLS = [
  /^\s*(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Interrupt)(?::|$)/,
  /^(?:Error|ERROR|FATAL|CRITICAL|panic|fatal|error)\b/,
  /\b(?:ERROR|FATAL|CRITICAL)\b/,
  /(?:command not found|No such file or directory|Segmentation fault|Killed|Permission denied|cannot open|out of memory)/i,
];
/** A line without one of these words matches none of the patterns; most lines are done with by this one look. */
const WORTH_A_LOOK =
  /error|exception|interrupt|fatal|critical|panic|traceback|not found|no such file|fault|killed|denied|cannot open|memory/i;

/**
 * Finds the line at which somebody begins to read why a step failed, as the lines come: the beginning of the last
 * traceback, since earlier ones were survived; else the first line that tells of an error.
 */
export class FirstError {
  #traceback: number | undefined;
  /** The last line with a text said that the next traceback follows from the one before it. */
  #isChained = false;
  readonly #told: (number | undefined)[] = TELLS.map(() => undefined);

  /** `text` is without colours. */
  take(line: number, text: string): void {
    if (!WORTH_A_LOOK.test(text)) {
      if (text.trim() !== "") this.#isChained = false;
      return;
    }
    if (TRACEBACK.test(text)) {
      if (!this.#isChained) this.#traceback = line;
      this.#isChained = false;
      return;
    }
    this.#isChained = CHAINED.test(text);
    for (const [place, tell] of TELLS.entries())
      if (this.#told[place] === undefined && tell.test(text)) this.#told[place] = line;
  }

  get line(): number | undefined {
    return this.#traceback ?? this.#told.find((line) => line !== undefined);
  }
}
