import type { SourceFile } from "./source-file.ts";

const LIMIT = 120;

/** A line of comment, but not of a table or an example in it (indented), nor one that a tool must find in one line. */
const PROSE = /^\s*(?:\/\/|\*|\/\*\*)(?! {4}| \s*@example| biome-ignore)/;

/** Lines of comment wider than 120 columns. Biome breaks code at the same width. */
export function columnProblems(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) =>
    file.text
      .split("\n")
      .flatMap((line, index) =>
        line.length > LIMIT && PROSE.test(line)
          ? [`${file.path}:${index + 1}: a comment of ${line.length} columns; the limit is ${LIMIT}`]
          : [],
      ),
  );
}
