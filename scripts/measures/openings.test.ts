import { expect, test } from "vitest";
import { openingProblems } from "./openings.ts";

const problems = (text: string): readonly string[] => openingProblems([{ path: "src/a.ts", text }]);

test.each([
  ["/** What is stored there. */", "What"],
  ["  /* Whoever asks hears of it. */", "Whoever"],
  ["// Of two, one has it.", "Of"],
  ["/** True. Whether it is whole is unknown. */", "Whether"],
  ["/**\n * How often it is looked.\n */", "How", 2],
  ["/**\n * The run.\n *\n * Who started it\n */", "Who", 4],
  ["// It is so.\n// Why not? Ask.", "Why", 2],
  ["// It is so\ngo();\n// Which of them.", "Which", 3],
  ["// It is so\n/** Whose they are. */", "Whose", 2],
])("%j is refused", (text, word, line = 1) => {
  expect(problems(text)).toEqual([
    `src/a.ts:${line}: a comment opens a sentence with “${word}”: begin with its subject`,
  ]);
});

test("names each of several", () => {
  expect(problems("/** What it is. Of whom? */")).toHaveLength(2);
});

test.each([
  "/** True if the run has ended. */",
  "// Where no sandbox works, the step runs without one.",
  "/**\n * The file,\n * Of Mice and Men\n */",
  "// Whole files only; offices are left out.",
  'say("What is it?");\nconst a = b * Of;',
  "/** Says what is stored, whether it is whole, and who made it. */",
])("%j is in the style", (text) => {
  expect(problems(text)).toEqual([]);
});
