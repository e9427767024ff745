import type { SourceFile } from "./source-file.ts";

/** A line of a comment, with its opening mark and its text. A string with such a line in it counts as well. */
const COMMENT = /^\s*(\/\/|\/\*\*?|\*)(?: (.*?))??(?:\s*\*\/)?$/;

/** The words after the end of a sentence. Each makes a clause the subject, or leaves the sentence without one. */
const OPENING = /(?<=[.!?] )(?:What|Whatever|Whether|Who|Whoever|Whom|Whose|Which|Whichever|How|Why|Of)\b/g;

/** Sentences of comments that open with What, Whether, Who, Of and the like: they have to be read twice. */
export function openingProblems(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    let before = "";
    let mark = "";
    return text.split("\n").flatMap((line, index) => {
      const [found, nextMark = "", said = ""] = COMMENT.exec(line) ?? [];
      // The first word of a comment or of a paragraph stands as if a sentence had ended before it.
      const goesOn = found !== undefined && before !== "" && (nextMark === "*" || nextMark === mark);
      const words = `${goesOn ? before : "."} ${said}`.match(OPENING) ?? [];
      before = said;
      mark = nextMark;
      return words.map(
        (word) => `${path}:${index + 1}: a comment opens a sentence with “${word}”: begin with its subject`,
      );
    });
  });
}
