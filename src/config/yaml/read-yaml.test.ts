import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONFIG_CORPUS } from "../../../scripts/fuzz/config-corpus.ts";
import { mutate } from "../../../scripts/fuzz/mutate.ts";
import { Random } from "../../../scripts/fuzz/random.ts";
import { LineIndex } from "../report/line-index.ts";
import type { Path } from "../report/problem.ts";
import { lintLines } from "../testing/lint-lines.ts";
import { readBlockStyle } from "./block-reader.ts";
import { decodeSource } from "./decode.ts";
import { readGeneralYaml } from "./general-reader.ts";
import { NotPlainBlockStyle } from "./line-cursor.ts";
import { readYaml } from "./read-yaml.ts";
import { YamlTimestamp } from "./timestamp.ts";

const value = (text: string): unknown => readYaml(text).value;

describe("documents", () => {
  test.each<[name: string, text: string, value: unknown]>([
    ["empty", "", null],
    ["only comments", "# a\n\n  # b\n", null],
    ["a document marker", "---\n- a\n", ["a"]],
    ["lists in lists", "- - 1\n  - 2\n-\n  - 3\n- - - 4\n", [[1, 2], [3], [[4]]]],
    ["a list at its key's indentation", "a:\n- 1\n- 2\nb: 3\n", { a: [1, 2], b: 3 }],
    ["nulls", "a:\nb: # comment\nc: ~\n", { a: null, b: null, c: null }],
    ["comments", "a: 1 # one\n# between\nb: x#y\nc: 'x # y' # z\n", { a: 1, b: "x#y", c: "x # y" }],
    [
      "quotes",
      `a: 'it''s'\nb: "tab\\tquote\\" \\u00e4"\n"c d": 1\n'e': 2\n`,
      { a: "it's", b: 'tab\tquote" ä', "c d": 1, e: 2 },
    ],
    ["colons within texts", "a: http://x/y:z\nb: c:d\n", { a: "http://x/y:z", b: "c:d" }],
    ["carriage returns", "a: 1\r\nb:\r\n  - x\r\n", { a: 1, b: ["x"] }],
    [
      "flow",
      "a: [1, 'b, c', {d: [e], f: yes}]\nb: {}\nc: []\n",
      { a: [1, "b, c", { d: ["e"], f: true }], b: {}, c: [] },
    ],
    ["flow over lines", "a: [\n  1, # one\n  2,\n]\nb: {c: d,\ne: f}\n", { a: [1, 2], b: { c: "d", e: "f" } }],
    [
      "literal",
      "a: |\n  one\n    two\n\n  three\nb: |-\n  x\n\nc: |+\n  y\n\n",
      { a: "one\n  two\n\nthree\n", b: "x", c: "y\n\n" },
    ],
    ["literal in a list", "- |\n  #!/bin/sh\n  echo\n- b\n", ["#!/bin/sh\necho\n", "b"]],
    ["folded", "a: >\n  one\n  two\n\n  three\n", { a: "one two\nthree\n" }],
    ["texts over lines", "a: one\n  two\nb: 'x\n  y'\n", { a: "one two", b: "x y" }],
    ["anchors", "a: &x [1]\nb: *x\n", { a: [1], b: [1] }],
    [
      "merge keys",
      "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc:\n  <<: [{p: 5}, *x]\n",
      { a: { p: 1, q: 2 }, b: { p: 1, q: 3 }, c: { p: 5, q: 2 } },
    ],
    ["tags", "a: !!str 1\nb: !!int '7'\nc: ! x\n", { a: "1", b: 7, c: "x" }],
    ["keys that are no texts", "on: 1\n2: 3\n~: 4\n2024-01-31: 5\n", { on: 1, 2: 3, "~": 4, "2024-01-31": 5 }],
    ["explicit keys", "? a\n: b\n", { a: "b" }],
    ["dates", "a: 2024-01-31\n", { a: new YamlTimestamp("2024-01-31") }],
    [
      "dangerous names",
      "__proto__: 1\nconstructor: 2\n",
      Object.fromEntries([
        ["__proto__", 1],
        ["constructor", 2],
      ]),
    ],
  ])("%s", (_, text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test("a key called __proto__ is data in either reader", () => {
    for (const read of [readBlockStyle, (text: string) => readGeneralYaml(text).value]) {
      expect(Object.keys(read("__proto__: {x: 1}\na: {__proto__: 2}\n") as object)).toEqual(["__proto__", "a"]);
    }
    expect("x" in {}).toBe(false);
  });
});

describe("mistakes", () => {
  test.each([
    [
      "a: b: c\n",
      "1:4 error yaml-syntax: a mapping begins inside a value; put text with `: ` in quotes, or begin the mapping on a line of its own",
    ],
    ["- a\n\tb: 1\n", "2:1 error yaml-syntax: a tab cannot indent YAML; indent with spaces"],
    ["a:\n    b: 1\n  c: 2\n", "3:1 error yaml-syntax: this line's indentation fits none of the levels above it"],
    [
      'a: "\\q"\n',
      "1:5 error yaml-syntax: unknown escape in double quotes; write `\\\\` for a backslash, or use single quotes",
    ],
    ["a: 'x\n", "2:1 error yaml-syntax: YAML cannot be read here: missing closing 'quote"],
    ["a: [1, 2\n", "2:1 error yaml-syntax: this line's indentation fits none of the levels above it"],
    ["a: *nothing\n", "1:4 error yaml-syntax: no anchor `&nothing` stands before this alias"],
    [
      "a: 1\n---\nb: 2\n",
      "2:1 error several-documents: a second document begins here, and a configuration is a single one; remove the `---` line",
    ],
    [
      "- !!python/object:os.system x\n",
      "1:29 error unknown-tag: the tag `!!python/object:os.system` does not fit this value; remove it",
    ],
    ["- !mine {a: 1}\n", "1:9 error unknown-tag: the tag `!mine` does not fit this value; remove it"],
    [
      "- {[a, b]: c}\n",
      "1:4 error key-not-text: a key has to be text, not a list or a mapping; put text with braces or brackets in quotes",
    ],
    [
      "- <<: 1\n",
      "1:3 error wrong-merge: `<<` takes a mapping or a list of mappings, usually an alias such as `*defaults`",
    ],
    ["- &a [*a]\n", "1:7 error too-many-aliases: the alias `*a` stands inside its own anchor"],
  ])("%j", (text, line) => {
    expect(lintLines(text)).toContain(line);
  });

  test("a key that stands twice is a warning, since Valohai takes the later one", () => {
    const text = "- step:\n    name: a\n    image: i\n    name: b\n    command: c\n";
    expect(lintLines(text)).toEqual([
      "4:5 warning duplicate-key: `name` stands twice in this mapping; this later one counts",
    ]);
    expect(value(text)).toEqual([{ step: { name: "b", image: "i", command: "c" } }]);
  });

  test.each([
    [
      "010",
      "1:41 warning surprising-number: YAML 1.1 reads `010` as an octal number: it is 8; put it in quotes if it is a text",
    ],
    [
      "-0_17",
      "1:41 warning surprising-number: YAML 1.1 reads `-0_17` as an octal number: it is -15; put it in quotes if it is a text",
    ],
    [
      "1:30",
      "1:41 warning surprising-number: YAML 1.1 reads `1:30` in base 60: it is 90; put it in quotes if it is a text",
    ],
    ["07", undefined],
    ["0", undefined],
    ["0x10", undefined],
    ['"010"', undefined],
  ])("a number that is not what it looks like, %s", (written, line) => {
    const found = (text: string) => lintLines(text).filter((one) => one.includes("surprising-number"));
    expect(found(`- step: {name: a, image: i, time-limit: ${written}, command: c}\n`)).toEqual(
      line === undefined ? [] : [line],
    );
    // Plain block style has a reader of its own.
    expect(found(`- step:\n    name: a\n    time-limit: ${written}\n    image: i\n    command: c\n`)).toHaveLength(
      line === undefined ? 0 : 1,
    );
  });

  test("a huge whole number is a warning", () => {
    const text =
      "- step: {name: a, image: i, command: c, parameters: [{name: p, type: integer, max: 99999999999999999999}]}\n";
    const line =
      "1:84 warning imprecise-number: this number has more digits than can be kept exactly; put it in quotes if it is a name";
    expect(lintLines(text)).toEqual([line]);
  });
});

describe("hostile documents end with an error and its place", () => {
  const laughs = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(9)}]`);
  const deepMapping = Array.from({ length: 3000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
  test.each([
    [
      "a billion laughs",
      `l0: &l0 lol\n${laughs.join("\n")}\n`,
      /^\d+:\d+ error too-many-aliases: aliases expand to more than 100,000 values by here; write the file without them$/,
    ],
    [
      "merged laughs",
      `a: &a {x: 1}\n${Array.from({ length: 400 }, (_, i) => `b${i}: &b${i} {<<: [*a, *a${i === 0 ? "" : `, *b${i - 1}, *b${i - 1}`}]}`).join("\n")}`,
      /too-many-aliases/,
    ],
    [
      "deep lists",
      "[".repeat(100_000),
      /^1:\d+ error too-deep: nested more than 100 levels deep; the format needs eight$/,
    ],
    ["deep closed lists", `- ${"[".repeat(100_000)}${"]".repeat(100_000)}`, /^1:\d+ error too-deep: /],
    ["deep flow mappings", "{a: ".repeat(50_000), /^1:\d+ error too-deep: /],
    ["deep dashes", "- ".repeat(100_000), /^1:\d+ error too-deep: /],
    ["deep questions", "? ".repeat(20_000), /^1:\d+ error too-deep: /],
    ["deep mappings", deepMapping, /error too-(deep|large): /],
    [
      "a large file with an anchor",
      `${"- step: {name: a, image: b, command: c}\n".repeat(30_000)}- &x 1\n`,
      /^30001:3 error too-large: the file has 1\.2 million characters, and above 0\.8 million only plain block style is read; here stands an anchor$/,
    ],
  ])("%s", (_, text, line) => {
    expect(lintLines(text).find((found) => line.test(found)) ?? lintLines(text)[0]).toMatch(line);
  });

  test("100 levels are allowed, 101 are not", () => {
    const nested = (depth: number): string => `- x: ${"[".repeat(depth - 2)}${"]".repeat(depth - 2)}\n`;
    expect(lintLines(nested(100)).filter((line) => line.includes("too-deep"))).toEqual([]);
    expect(lintLines(nested(101))).toEqual([
      "1:104 error too-deep: nested more than 100 levels deep; the format needs eight",
    ]);
  });
});

describe("the fast reader and the general one agree", () => {
  test("on values and places of mutated documents", () => {
    let compared = 0;
    for (let seed = 0; seed < 1500; seed++) {
      const { text, problem } = decodeSource(mutate(CONFIG_CORPUS, new Random(seed)));
      if (problem !== undefined) continue;
      const fast = fastValue(text);
      if (fast === undefined) continue;
      const general = readGeneralYaml(text);
      // Flow collections that are not indented: PyYAML and the fast reader take them, the library does not.
      if (general.value === undefined) continue;
      compared++;
      expect([seed, fast.value]).toEqual([seed, general.value]);
      expect([seed, ...placesOf(text, fast.value, readYaml(text))]).toEqual([
        seed,
        ...placesOf(text, fast.value, general),
      ]);
    }
    expect(compared).toBeGreaterThan(150);
  });

  test("on any data written as block style", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (data) => {
        const text = blockStyle(data, 0);
        const fast = fastValue(text);
        if (fast !== undefined) expect(fast.value).toEqual(readGeneralYaml(text).value);
      }),
    );
  });
});

function fastValue(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: readBlockStyle(text) };
  } catch (error) {
    if (error instanceof NotPlainBlockStyle) return undefined;
    throw error;
  }
}

/** Line and column of every key and value. */
function placesOf(text: string, root: unknown, document: ReturnType<typeof readYaml>): readonly string[] {
  const paths = pathsOf(root, []);
  const locate = document.locator(paths);
  const lines = new LineIndex(text);
  return paths.flatMap((path) =>
    (["key", "value"] as const).map((part) => {
      // The place of nothing is the key for the one and the end of the line for the other.
      if (part === "value" && isEmpty(root, path)) return "";
      const { line, column } = lines.position(locate(path, part).offset, 1);
      return `${path.join("/")} ${part} ${line}:${column}`;
    }),
  );
}

function isEmpty(root: unknown, path: Path): boolean {
  const found = path.reduce<unknown>((value, key) => (value as Readonly<Record<string | number, unknown>>)[key], root);
  return found === null;
}

function pathsOf(data: unknown, path: Path): Path[] {
  if (typeof data !== "object" || data === null || data instanceof YamlTimestamp) return [];
  return Object.entries(data).flatMap(([key, entry]) => {
    const below = [...path, Array.isArray(data) ? Number(key) : key];
    return [...(Array.isArray(data) && entry === null ? [] : [below]), ...pathsOf(entry, below)];
  });
}

function blockStyle(data: unknown, indent: number): string {
  const margin = " ".repeat(indent);
  if (Array.isArray(data) && data.length > 0) return data.map((entry) => `${margin}-${nested(entry, indent)}`).join("");
  if (typeof data === "object" && data !== null && !Array.isArray(data) && Object.keys(data).length > 0) {
    return Object.entries(data)
      .map(([key, entry]) => `${margin}${JSON.stringify(key)}:${nested(entry, indent)}`)
      .join("");
  }
  return `${margin}${JSON.stringify(data)}\n`;
}

function nested(data: unknown, indent: number): string {
  const isOpen = typeof data === "object" && data !== null && Object.keys(data).length > 0;
  return isOpen ? `\n${blockStyle(data, indent + 2)}` : ` ${JSON.stringify(data)}\n`;
}
