/** Thrown when the block reader gives up: the general reader has to look at the file. */
export class NotPlainBlockStyle {
  /** Nested too deeply: no other reader needs to look. */
  readonly isTooDeep: boolean;
  readonly offset: number;
  /** The thing that stands there, for a message: “an anchor”. */
  readonly what: string;

  constructor(offset: number, what: string, isTooDeep = false) {
    this.isTooDeep = isTooDeep;
    this.offset = offset;
    this.what = what;
  }
}

const SPACE = 0x20;
const HASH = 0x23;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;

/** Walks over a text line by line, passing blank lines and comments. */
export class LineCursor {
  readonly text: string;
  /** The place where the line begins. */
  lineStart = 0;
  /** The place where the line ends, before its line break. */
  lineEnd = 0;
  /** The first character that counts, or the end of the text. */
  at = 0;
  #next = 0;

  constructor(text: string) {
    this.text = text;
    this.advance();
  }

  get isDone(): boolean {
    return this.at >= this.text.length;
  }

  get column(): number {
    return this.at - this.lineStart;
  }

  /** Goes to the next line that holds something. */
  advance(): void {
    const { text } = this;
    while (this.#next < text.length) {
      this.#openLine(this.#next);
      let at = this.lineStart;
      while (text.charCodeAt(at) === SPACE) at++;
      const char = text.charCodeAt(at);
      if (char === TAB) throw new NotPlainBlockStyle(at, "a tab");
      if (at < this.lineEnd && char !== HASH) {
        this.at = at;
        return;
      }
    }
    this.at = text.length;
    this.lineStart = text.length;
    this.lineEnd = text.length;
  }

  /** Goes to the next line whatever it holds; false at the end, or where a line could end the document. */
  openNextLine(): boolean {
    if (this.#next >= this.text.length || /^(?:---|\.\.\.)/.test(this.text.slice(this.#next, this.#next + 3)))
      return false;
    this.#openLine(this.#next);
    return true;
  }

  /** Moves within the line, to the content behind `- `. */
  moveTo(at: number): void {
    this.at = at;
  }

  /**
   * The lines of a literal block scalar: all that follow and are blank or indented by more than `parentIndent`.
   * Afterwards the cursor stands behind them.
   */
  literalLines(parentIndent: number): readonly string[] {
    const { text } = this;
    const lines: string[] = [];
    let indent = -1;
    while (this.#next < text.length) {
      const start = this.#next;
      this.#openLine(start);
      let at = start;
      while (text.charCodeAt(at) === SPACE) at++;
      const isBlank = at >= this.lineEnd;
      if (indent === -1 && !isBlank) {
        if (at - start <= parentIndent) {
          this.#next = start;
          break;
        }
        indent = at - start;
        // Blank lines before the first one must not be indented deeper than it; what YAML makes of that is for the
        // general reader.
        if (lines.some((line) => line.length > indent))
          throw new NotPlainBlockStyle(start, "a block scalar that begins with deeper blank lines");
      }
      if (!isBlank && at - start < indent) {
        this.#next = start;
        break;
      }
      lines.push(
        indent === -1
          ? text.slice(start, this.lineEnd)
          : text.slice(Math.min(start + indent, this.lineEnd), this.lineEnd),
      );
    }
    this.advance();
    return indent === -1 ? lines.map(() => "") : lines;
  }

  #openLine(start: number): void {
    const { text } = this;
    const feed = text.indexOf("\n", start);
    this.lineStart = start;
    this.lineEnd = feed === -1 ? text.length : feed;
    this.#next = feed === -1 ? text.length : feed + 1;
    if (
      text.charCodeAt(this.lineEnd - 1) === CARRIAGE_RETURN &&
      text.charCodeAt(this.lineEnd) === LINE_FEED &&
      this.lineEnd > start
    )
      this.lineEnd--;
  }
}
