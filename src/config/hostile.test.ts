import { describe, expect, test } from "vitest";
import { parseConfig } from "./parse-config.ts";

/** Large documents whose checks would take minutes if any of them were quadratic; a hang shows as a time-out. */
const many = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("");

const step = (keys: string): string => `- step:\n    name: s\n    image: i\n    command: c\n${keys}`;
const pipeline = (nodes: string, edges: string): string =>
  `- pipeline:\n    name: p\n    nodes:\n${nodes}    edges:\n${edges}`;
const node = (index: number): string => `      - {name: n${index}, type: execution, step: s}\n`;

const DOCUMENTS: readonly (readonly [name: string, text: string, firstCode: string | undefined])[] = [
  ["40,000 steps", many(40_000, (index) => `- step: {name: s${index}, image: i, command: c}\n`), undefined],
  ["40,000 steps of one name", many(40_000, () => "- step: {name: s, image: i, command: c}\n"), "duplicate-name"],
  ["40,000 misspelt keys", many(40_000, (index) => `- step: {name: s${index}, image: i, comand: c}\n`), "missing-key"],
  ["unknown kinds", many(60_000, (index) => `- stp${index}: {name: s}\n`), "unknown-item"],
  [
    "every node names an unknown step",
    many(10_000, (index) => `- step: {name: s${index}, image: i, command: c}\n`) +
      pipeline(
        many(10_000, (index) => `      - {name: n${index}, type: task, step: x${index}}\n`),
        "      - [n0.output.x, n1.input.y]\n",
      ),
    "unknown-step",
  ],
  [
    "every edge names unknown nodes",
    `${step("")}${pipeline(
      many(10_000, node),
      many(20_000, (index) => `      - [m${index}.output.x, k${index}.input.y]\n`),
    )}`,
    "unknown-node",
  ],
  [
    "every node waits for itself",
    `${step("    inputs: [{name: y}]\n")}${pipeline(
      many(15_000, node),
      many(15_000, (index) => `      - [n${index}.output.x, n${index}.input.y]\n`),
    )}`,
    "cycle",
  ],
  [
    "one ring of all nodes",
    `${step("    inputs: [{name: y}]\n")}${pipeline(
      many(15_000, node),
      many(15_000, (index) => `      - [n${index}.output.x, n${(index + 1) % 15_000}.input.y]\n`),
    )}`,
    "cycle",
  ],
  [
    "many inputs and many edges",
    `${step(`    inputs:\n${many(15_000, (index) => `      - name: i${index}\n`)}`)}${pipeline(
      many(2, node),
      many(15_000, (index) => `      - [n0.output.x, n1.input.i${index}]\n`),
    )}`,
    undefined,
  ],
  [
    "many declared outputs and many patterns",
    `${step(`    inputs: [{name: y}]\n    outputs:\n${many(10_000, (index) => `      - name: "a*${index}"\n`)}`)}${pipeline(
      many(2, node),
      many(10_000, (index) => `      - [n0.output.b*${index}, n1.input.y]\n`),
    )}`,
    undefined,
  ],
  ["open placeholders", `- step: {name: s, image: i, command: "${"{parameter:".repeat(100_000)}"}\n`, undefined],
  [
    "a command that runs a file very often",
    `- step: {name: s, image: i, command: "${"python a.py; ".repeat(80_000)}"}\n`,
    undefined,
  ],
  ["a number of a million digits", step(`    time-limit: ${"9".repeat(1_000_000)}\n`), "wrong-duration"],
  ["a number of a million sexagesimal parts", step(`    time-limit: 1${":1".repeat(500_000)}\n`), "wrong-duration"],
  ["a huge expression", step(`    stop-condition: ${"(".repeat(1_000_000)}\n`), "wrong-expression"],
  ["a huge duration", step(`    time-limit: ${"1h ".repeat(400_000)}\n`), undefined],
  ["a huge text", step(`    description: ${"x ".repeat(1_000_000)}\n`), undefined],
  ["a huge key", step(`    ${"k".repeat(1_000_000)}: 1\n`), "too-large"],
  [
    "a huge unknown edge type",
    `${step("")}${pipeline(node(0), `      - [n0.${"x".repeat(500_000)}.y, n0.input.y]\n`)}`,
    "unknown-edge-type",
  ],
  ["blank lines", "\n".repeat(2_000_000), undefined],
  ["comments", "# c\n".repeat(500_000), undefined],
  ["entries of nothing", "-\n".repeat(500_000), "not-an-item"],
  ["empty lists", "- []\n".repeat(300_000), "not-an-item"],
];

describe("large documents end in reasonable time", () => {
  test.each(DOCUMENTS)("%s", (_, text, firstCode) => {
    const { diagnostics } = parseConfig({ file: "x", text }, { fileExists: () => false });
    expect(diagnostics.find(({ code }) => code !== "missing-file")?.code).toBe(firstCode);
  });
});
