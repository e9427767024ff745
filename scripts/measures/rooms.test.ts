import { expect, test } from "vitest";
import { roomProblems } from "./rooms.ts";

const page = (rows: readonly string[], picture: string): string =>
  `| room | what it holds |\n| --- | --- |\n${rows.map((row) => `| \`${row}/\` | x |\n`).join("")}\n\`\`\`text\n${picture}\n\`\`\`\n`;

test("a page that has every room in its table and its picture is in order", () => {
  expect(roomProblems(page(["cli", "code-tracing"], "cli ──► code-tracing"), ["cli", "code-tracing"])).toEqual([]);
});

test("a room that is left out, and one that is not there, are named", () => {
  expect(roomProblems(page(["cli", "gone"], "client"), ["cli", "store"])).toEqual([
    "ARCHITECTURE.md: the table lacks the room store",
    "ARCHITECTURE.md: the picture lacks the room cli",
    "ARCHITECTURE.md: the picture lacks the room store",
    "ARCHITECTURE.md: there is no room gone",
  ]);
});
