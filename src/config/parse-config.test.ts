import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONFIG_CORPUS } from "../../scripts/fuzz/config-corpus.ts";
import { parseConfig } from "./parse-config.ts";
import { configOfText, lintLines } from "./testing/lint-lines.ts";

const STEP = "- step: {name: a, image: i, command: c}\n";

describe("what parsing yields", () => {
  test("a configuration exactly when there is no error", () => {
    expect(parseConfig({ file: "x", text: STEP })).toEqual({
      config: {
        steps: [
          {
            name: "a",
            image: "i",
            command: ["c"],
            environmentVariables: [],
            environmentVariableGroups: [],
            inputs: [],
            outputs: [],
            parameters: [],
            mounts: [],
            cacheVolumes: [],
          },
        ],
        pipelines: [],
        tasks: [],
        endpoints: [],
        deployments: [],
        models: [],
        project: {},
      },
      diagnostics: [],
    });
    expect(parseConfig({ file: "x", text: "- step: {}\n" }).config).toBeUndefined();
  });

  test("a diagnostic has its file, place, code and pointer", () => {
    expect(
      parseConfig({ file: "some/valohai.yaml", text: "- step:\n    name: a\n    image: i\n    comand: c\n" })
        .diagnostics,
    ).toEqual([
      {
        severity: "error",
        code: "missing-key",
        message: "a step needs `command`",
        path: "/0/step",
        file: "some/valohai.yaml",
        line: 1,
        column: 3,
        length: 4,
      },
      {
        severity: "error",
        code: "unknown-key",
        message: "a step has no key `comand`",
        hint: "did you mean `command`?",
        path: "/0/step/comand",
        file: "some/valohai.yaml",
        line: 4,
        column: 5,
        length: 6,
      },
    ]);
  });

  test.each(CONFIG_CORPUS.map((text, index) => [index, text] as const))(
    "document %i: bytes, text, Windows line ends and a byte order mark mean the same",
    (_, text) => {
      const plain = parseConfig({ file: "x", text });
      expect(parseConfig({ file: "x", text: new TextEncoder().encode(text) })).toEqual(plain);
      expect(parseConfig({ file: "x", text: `\ufeff${text}` })).toEqual(plain);
      expect(parseConfig({ file: "x", text: text.replaceAll("\n", "\r\n") })).toEqual(plain);
    },
  );

  test.each(CONFIG_CORPUS.map((text, index) => [index, text] as const))("document %i yields plain JSON", (_, text) => {
    const { config } = parseConfig({ file: "x", text });
    expect(JSON.parse(JSON.stringify(config ?? null))).toEqual(config ?? null);
  });

  test("comments and blank lines change nothing but line numbers", () => {
    const [text = ""] = CONFIG_CORPUS;
    const commented = text.replace(/^/gm, "# comment\n\n");
    expect(configOfText(commented)).toEqual(configOfText(text));
  });

  test("the order of a mapping's keys does not matter", () => {
    const keys = ["name: a", "image: i", "command: c", "description: d", "inputs: [{name: x}]", "time-limit: 1h"];
    fc.assert(
      fc.property(fc.shuffledSubarray(keys, { minLength: keys.length }), (shuffled) => {
        expect(configOfText(`- step: {${shuffled.join(", ")}}\n`)).toEqual(
          configOfText(`- step: {${keys.join(", ")}}\n`),
        );
      }),
    );
  });

  test("a name may be any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const text = `- step: {name: ${JSON.stringify(name)}, image: i, command: c}\n`;
        const result = parseConfig({ file: "x", text });
        // JSON writes some characters as they are that YAML does not allow.
        if (!result.diagnostics.some(({ code }) => code === "control-character"))
          expect(result.config?.steps[0]?.name).toBe(name.replaceAll("\u0085", " "));
      }),
      {
        examples: [
          ["\u2028"],
          ["a\u2029b"],
          ["\u0085"],
          ['a"\u0085\\'],
          ["__proto__"],
          ["yes"],
          ["2024-01-31"],
          [""],
          ["a: b"],
          ["#"],
          ["{x}"],
        ],
      },
    );
  });
});

/** PyYAML 6 gives these answers to the same texts. */
test.each([
  ['"a\u2028b"', "a\u2028b"],
  ['"\u2029"', "\u2029"],
  ['"a\u0085b"', "a b"],
])("a line separator in quotes: %j is %j", (quoted, name) => {
  for (const text of [
    `- step: {name: ${quoted}, image: i, command: c}\n`,
    `- step:\n    name: ${quoted}\n    image: i\n    command: c\n`,
  ]) {
    expect(parseConfig({ file: "x", text }).config?.steps[0]?.name).toBe(name);
  }
});

test("U+0085 ends lines elsewhere", () => {
  const text = "- step:\u0085    name: a\u0085    image: i\u0085    command: c\u0085";
  expect(parseConfig({ file: "x", text }).config?.steps[0]).toMatchObject({ name: "a", image: "i", command: ["c"] });
});

describe("places", () => {
  test.each([
    ["through an alias: where the anchor's content stands", `- &a\n  step: {name: a, image: 1, command: c}\n`, "2:26"],
    ["through a merge key", `- step: &a {name: a, image: 1, command: c}\n- step:\n    <<: *a\n    name: b\n`, "1:29"],
    ["an explicit key", `- ? step\n  : {name: a, image: 1, command: c}\n`, "2:22"],
    ["a quoted key", `- "step": {name: a, image: 1, command: c}\n`, "1:28"],
    ["a value on the next line", `- step:\n    name: a\n    command: c\n    image:\n      1\n`, "5:7"],
    ["behind wide characters", `- step: {name: "日本 😀", image: 1, command: c}\n`, "1:31"],
    ["behind tabs in texts", `- step: {name: "a\tb", image: 1, command: c}\n`, "1:30"],
    ["Windows line ends", `- step:\r\n    name: a\r\n    image: 1\r\n    command: c\r\n`, "3:12"],
  ])("%s", (_, text, place) => {
    expect(lintLines(text)).toContain(
      `${place} error wrong-type: \`image\` has to be text, not a whole number (put text in quotes)`,
    );
  });

  test("a missing key stands at the key of its mapping, or at the entry of a list", () => {
    expect(
      lintLines(
        "- step:\n    name: a\n    image: i\n    command: c\n    inputs:\n      - optional: true\n      -   {}\n",
      ),
    ).toEqual(["6:9 error missing-key: an input needs `name`", "7:11 error missing-key: an input needs `name`"]);
  });
});

describe("the documentation", () => {
  const docs = readFileSync(new URL("../../docs/file-format.md", import.meta.url), "utf8");
  const examples = [...docs.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);

  test("has examples that mean what they say", () => {
    expect(examples).toHaveLength(2);
    const [within = "", whole = ""] = examples;
    expect(lintLines(whole)).toEqual([]);
    expect(configOfText(whole).pipelines[0]?.nodes.map(({ name }) => name)).toEqual(["preprocess", "train"]);
    // The text names steps that it does not show.
    const steps = [
      "{name: load, image: i, command: c}",
      "{name: clean, image: i, command: c, inputs: [{name: raw}], parameters: [{name: season, type: string}]}",
      "{name: train, image: i, command: c, inputs: [{name: data}]}",
      "{name: compare, image: i, command: c, inputs: [{name: models}]}",
    ];
    expect(lintLines(`${steps.map((step) => `- step: ${step}\n`).join("")}${within}`)).toEqual([]);
  });

  test("names every key of a step", async () => {
    const { stepSchema } = await import("./schema/step.ts");
    for (const key of Object.keys(stepSchema.shape)) expect(docs).toMatch(new RegExp(`[|\`, *]${key}[*:,\` |]`));
  });
});
