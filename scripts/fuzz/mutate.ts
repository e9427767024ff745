import type { Random } from "./random.ts";

/** Texts that mean something to YAML or to the format, or that break what is careless. */
const FRAGMENTS = [
  ..."-:?,[]{}#&*!|>'\"%@`~<=.\t\n\r\0 \\/$",
  "- ",
  ": ",
  "&a ",
  "*a",
  "!!int ",
  "!!binary ",
  "!!python/object:os.system ",
  "<<: ",
  "<<: *base",
  "|\n",
  "|2-\n",
  ">+\n",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "? ",
  "''",
  '""',
  "\\x",
  "\\u00e9",
  "\ufeff",
  "\u0085",
  "\u2028",
  "\u00e9",
  "\u{1f600}",
  "\ud800",
  "\ufffd",
  "null",
  "yes",
  "~",
  "0o7",
  "010",
  "1:30",
  "1e3",
  ".inf",
  ".nan",
  "99999999999999999999999",
  "-0",
  "0x",
  "2020-02-30",
  "2020-01-01",
  "__proto__: ",
  "constructor: ",
  "{parameter:x}",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text itself is what is to be read.
  "${x}",
  "{",
  "}}",
  "a.b.c",
  "train.output.*",
  "step:",
  "- step:\n",
  "name: ",
  "inputs:\n",
  "edges: []\n",
  "connections:\n",
  "type: task\n",
  "[[[[[[[[",
  "{{{{{{{{",
  "- - - - - ",
  "\n\n\n",
  "    ",
  "  \t",
  "# c\n",
  " #",
  "x".repeat(1100),
  "(".repeat(300),
  "not ".repeat(100),
];

type Mutation = (text: string, random: Random, others: readonly string[]) => string;

const insertFragment: Mutation = (text, random) => {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(FRAGMENTS) + text.slice(at);
};

const deleteStretch: Mutation = (text, random) => {
  const at = random.below(text.length);
  return text.slice(0, at) + text.slice(at + 1 + random.below(12));
};

const replaceCharacter: Mutation = (text, random) => {
  const at = random.below(text.length);
  return text.slice(0, at) + String.fromCharCode(random.below(random.next() < 0.9 ? 127 : 65536)) + text.slice(at + 1);
};

const repeatStretch: Mutation = (text, random) => {
  const at = random.below(text.length);
  const stretch = text.slice(at, at + 1 + random.below(40));
  return text.slice(0, at) + stretch.repeat(1 + random.below(8)) + text.slice(at);
};

const spliceOther: Mutation = (text, random, others) => {
  const other = random.pick(others);
  return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length));
};

/** Changes whole lines: drop, double, swap, indent, outdent. */
const changeLine: Mutation = (text, random) => {
  const lines = text.split("\n");
  const at = random.below(lines.length);
  const line = lines[at] ?? "";
  const other = random.below(lines.length);
  switch (random.below(5)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(other, 0, line);
      break;
    case 2:
      [lines[at], lines[other]] = [lines[other] ?? "", line];
      break;
    case 3:
      lines[at] = " ".repeat(1 + random.below(4)) + line;
      break;
    default:
      lines[at] = line.replace(/^ {1,2}/, "");
  }
  return lines.join("\n");
};

/** Gives a key another value: of another type, or another structure. */
const replaceValue: Mutation = (text, random) => {
  const matches = [...text.matchAll(/: [^\n,}\]]+/g)];
  if (matches.length === 0) return text;
  const match = random.pick(matches);
  const value = random.pick([
    "",
    "null",
    "yes",
    "1",
    "1.5",
    "[]",
    "{}",
    "[1, {a: b}]",
    "2020-01-01",
    '"x"',
    "{name: x}",
    "[[a, b]]",
    "-1",
    "x.y.z",
    "*",
    "&b c",
    "|",
    "99999999999999999999",
  ]);
  return `${text.slice(0, match.index)}: ${value}${text.slice(match.index + match[0].length)}`;
};

const MUTATIONS = [
  insertFragment,
  insertFragment,
  deleteStretch,
  replaceCharacter,
  repeatStretch,
  spliceOther,
  changeLine,
  changeLine,
  replaceValue,
  replaceValue,
];

/** A document with a few changes. */
export function mutate(corpus: readonly string[], random: Random): string {
  let text = random.pick(corpus);
  for (let count = 1 + random.below(4); count > 0 && text !== ""; count--)
    text = random.pick(MUTATIONS)(text, random, corpus);
  return text.length > 20_000 ? text.slice(0, 20_000) : text;
}

/** The bytes of a mutated document, now and then no longer UTF-8. */
export function mutateBytes(corpus: readonly string[], random: Random): Uint8Array {
  const bytes = new TextEncoder().encode(mutate(corpus, random));
  if (bytes.length > 0 && random.next() < 0.2) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}
