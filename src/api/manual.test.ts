import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { problemOf } from "../../test/json-answers.ts";
import { ERROR_CODES } from "../errors.ts";
import { errorSchema, jsonSchemas, namedShapes, withTables } from "./index.ts";

const page = readFileSync(new URL("../../docs/json.md", import.meta.url), "utf8");
const sections = new Map(
  page
    .split(/^(?=## )/m)
    .slice(1)
    .map((section) => [/^## (.+)$/m.exec(section)?.[1] ?? "", section] as const),
);
const shapes = [...namedShapes()];

describe("docs/json.md", () => {
  test("has the tables of the schemas (node scripts/json-docs.ts writes them)", () => {
    expect(withTables(page)).toBe(page);
  });

  test("has a section for each shape, and no other", () => {
    expect([...sections.keys()].toSorted()).toEqual(shapes.map(([title]) => title).toSorted());
  });

  test("gives every field a meaning", () => {
    expect(page.split("\n").filter((line) => /^\| `.*\|\s*\|$/.test(line))).toEqual([]);
  });

  const examples = [...sections].flatMap(([title, section]) =>
    [...section.matchAll(/^```json\n(.*?)^```$/gms)].map(([, text = ""]) => [title, text] as const),
  );

  test("has examples", () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  test.each(examples)("the example of %s fits its schema", (title, text) => {
    expect(problemOf(namedShapes().get(title) as z.ZodType, JSON.parse(text))).toBeUndefined();
  });

  test("leads every link to a section", () => {
    const anchors = new Set([...sections.keys()].map((title) => title.toLowerCase().replaceAll(" ", "-")));
    for (const [, anchor = ""] of page.matchAll(/\]\(#([^)]+)\)/g)) expect([...anchors]).toContain(anchor);
  });
});

describe("the schemas", () => {
  test("refuse what they do not describe", () => {
    const error = { code: "HR_USAGE", message: "no", hint: null, advice: [], details: [] };
    expect(problemOf(errorSchema, { error })).toBeUndefined();
    expect(problemOf(errorSchema, { error: { ...error, more: 1 } })).toBe("/error/more is not described");
    expect(problemOf(errorSchema, { error: { ...error, code: "HR_NOTHING" } })).toContain("invalid_value");
    expect(problemOf(errorSchema, { error: { ...error, details: undefined } })).toContain("invalid_type");
  });

  test("are published under their names, open to keys to come", () => {
    const { $defs } = jsonSchemas() as {
      readonly $defs: Readonly<Record<string, { readonly additionalProperties?: unknown }>>;
    };
    const ids = shapes.map(([, schema]) => (schema as z.ZodType).meta()?.id);
    expect(Object.keys($defs).toSorted()).toEqual(ids.toSorted());
    expect(Object.values($defs).filter(({ additionalProperties }) => additionalProperties === false)).toEqual([]);
  });

  test("know every error code", () => {
    expect(errorSchema.shape.error.shape.code.options).toEqual(Object.keys(ERROR_CODES));
  });
});
