import { describe, expect, test } from "vitest";
import { configJsonSchema, ITEM_KINDS, ITEM_SCHEMAS } from "./document.ts";

type Node = Readonly<Record<string, unknown>>;

const schema = configJsonSchema() as Node;
const definitions = schema.$defs as Readonly<Record<string, Node>>;

/** Every mapping of the schema with closed keys, by its path. */
function* mappings(node: unknown, path: string): Generator<{ path: string; node: Node }> {
  if (typeof node !== "object" || node === null) return;
  if ("properties" in node && !path.includes("not")) yield { path, node };
  for (const [key, child] of Object.entries(node)) yield* mappings(child, `${path}/${key}`);
}

describe("the JSON Schema", () => {
  test("is of 2020-12 and survives being written", () => {
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema.type).toBe("array");
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  test("defines every kind of item", () => {
    const item = definitions.item as { properties: object };
    expect(Object.keys(item.properties).sort()).toEqual([...ITEM_KINDS].sort());
  });

  test("describes every key", () => {
    const undescribed = Object.entries(definitions)
      .filter(([id]) => id !== "item")
      .flatMap(([id, node]) => [...mappings(node, id)])
      .flatMap(({ path, node }) =>
        Object.entries(node.properties as Readonly<Record<string, Node>>)
          .filter(([, property]) => !("description" in property || "$ref" in property || "const" in property))
          .map(([key]) => `${path}: ${key}`),
      )
      // Two keys of the options of a widget, whose own description says what they are, and a rule's `operator`.
      .filter((found) => !found.includes("widget") && !found.includes("anyOf"));
    expect(undescribed).toEqual([]);
  });

  test("refuses unknown keys and knows what is required", () => {
    expect(definitions.step).toMatchObject({
      additionalProperties: false,
      required: ["name", "command"],
      anyOf: [
        { required: ["image"] },
        { required: ["python"] },
        { properties: { environment: { const: "local" } }, required: ["environment"] },
      ],
    });
    expect(definitions.endpoint).toMatchObject({ oneOf: [{ required: ["server-command"] }, { required: ["wsgi"] }] });
    expect(definitions.task).toMatchObject({
      anyOf: [{ required: ["parameters"] }, { required: ["parameter-sets"] }, { required: ["for-each"] }],
    });
    expect(definitions["task-node"]).toMatchObject({
      allOf: [{ oneOf: [{ required: ["step"] }, { required: ["task"] }] }, { not: { required: ["task", "for-each"] } }],
    });
  });

  test("holds Headrace's own keys", () => {
    const step = definitions.step as { properties: object };
    expect(Object.keys(step.properties)).toEqual(expect.arrayContaining(["python", "reuse", "retry"]));
    const pipeline = definitions.pipeline as { properties: object };
    expect(Object.keys(pipeline.properties)).toContain("connections");
  });

  test("shows defaults", () => {
    const input = definitions.input as { properties: Readonly<Record<string, Node>> };
    expect(input.properties.download).toMatchObject({ default: "always", enum: ["always", "on-demand"] });
    expect(input.properties.optional).toMatchObject({ default: false, type: "boolean" });
  });

  test("`blueprint` is `pipeline`", () => {
    expect(ITEM_SCHEMAS.blueprint).toBe(ITEM_SCHEMAS.pipeline);
  });
});
