import { describe, expect, test } from "vitest";
import { plannedNode, STEP } from "../conformance/rig.ts";
import { DocumentKind } from "./document-kind.ts";
import { EVENT_BODY } from "./event-document.ts";
import * as planDocuments from "./plan-documents.ts";
import * as recordDocuments from "./record-documents.ts";
import { either, kinds, list, literal, number, object, optional, record, text } from "./shape.ts";

describe("shapes", () => {
  const node = object<{ readonly name: string; readonly retry?: number; readonly on: readonly (number | "lost")[] }>({
    ...{ name: text, retry: optional(number), on: list(either(number, literal("lost"))) },
  });
  const shape = kinds<
    | { readonly kind: "a"; readonly by: Readonly<Record<string, string>> }
    | { readonly kind: "b"; readonly node: object }
  >({
    a: object({ by: record(text) }),
    b: object({ node }),
  });

  test.each([
    [{ kind: "a", by: { x: "y" } }, undefined],
    [{ kind: "a", by: {}, added: "later" }, undefined],
    [{ kind: "b", node: { name: "n", on: [1, "lost"] } }, undefined],
    [{ kind: "b", node: { name: "n", on: [], retry: 1 } }, undefined],
    [{ kind: "a" }, ".by is no object"],
    [{ kind: "a", by: { x: 1 } }, ".by.x is no text"],
    [{ kind: "c" }, ".kind is none of a, b"],
    [null, " is no object"],
    [[], " is no object"],
    [{ kind: "b", node: { name: "n", on: ["lost", "found"] } }, ".node.on[1] is none of lost"],
    [{ kind: "b", node: { name: "n", on: {} } }, ".node.on is no list"],
    [{ kind: "b", node: { name: "n", on: [], retry: "1" } }, ".node.retry is no number"],
  ])("%j: %j", (value, misfit) => {
    expect(shape(value)).toBe(misfit);
  });
});

describe("a kind of document", () => {
  type Named = { readonly name: string; readonly size: number };
  const upgrades = [
    (first: unknown) => ({ name: first }),
    (second: unknown) => ({
      ...(second as { readonly name: string }),
      size: (second as { readonly name: string }).name.length,
    }),
  ];
  const kind = new DocumentKind("thing", object<Named>({ name: text, size: number }), upgrades);

  test.each([
    [1, '"abc"', { name: "abc", size: 3 }],
    [2, '{"name":"abcd"}', { name: "abcd", size: 4 }],
    [3, '{"name":"x","size":9}', { name: "x", size: 9 }],
  ])("reads version %d as it would be written now", (v, stored, document) => {
    expect(kind.version).toBe(3);
    expect(kind.read(v, stored)).toEqual(document);
  });

  test.each([
    [
      4,
      "{}",
      "HR_STORE_NEWER",
      "the database holds a record (thing) of version 4; this Headrace knows versions up to 3",
    ],
    [
      3,
      '{"name":"x"}',
      "HR_RECORD_DAMAGED",
      "the database holds a record (thing) that cannot be read: thing.size is no number",
    ],
    [1, "7", "HR_RECORD_DAMAGED", "the database holds a record (thing) that cannot be read: thing.name is no text"],
    [3, "{", "HR_RECORD_DAMAGED", expect.stringContaining("the database holds a record (thing) that cannot be read: ")],
  ])("refuses what it cannot read (version %d of %s)", (v, stored, code, message) => {
    expect(() => kind.read(v, stored)).toThrow(expect.objectContaining({ code, message }));
  });
});

test.each([
  ["planned step", planDocuments.PLANNED_STEP, STEP],
  ["planned node", planDocuments.PLANNED_NODE, (({ step: _, onError: __, ...rest }) => rest)(plannedNode("a"))],
  ["event", EVENT_BODY, { kind: "execution-created", runId: "r", executionId: "e", number: 1, node: "n", step: "s" }],
  ["decision", planDocuments.NODE_DECISION, { kind: "ran", why: { kind: "off", by: "step" } }],
  [
    "identity",
    recordDocuments.ENGINE_IDENTITY,
    { host: "h", bootId: "b", pid: 1, startTime: "s", processSpace: "p", stateFolder: "f" },
  ],
])("no field of a %s may be missing", (_, kind: DocumentKind<unknown>, document: object) => {
  expect(kind.read(kind.version, JSON.stringify(document))).toEqual(document);
  for (const field of Object.keys(document)) {
    const without = Object.fromEntries(Object.entries(document).filter(([name]) => name !== field));
    expect(() => kind.read(kind.version, JSON.stringify(without)), field).toThrow(
      expect.objectContaining({ code: "HR_RECORD_DAMAGED" }),
    );
  }
});

test("documents that are written into a row at once have one version", () => {
  const { COMMAND, PARAMETERS, RESOLVED_INPUTS, VARIABLES } = planDocuments;
  expect(new Set([COMMAND, PARAMETERS, RESOLVED_INPUTS, VARIABLES].map(({ version }) => version)).size).toBe(1);
});

test.each([
  [
    { state: "waiting", retryAt: 9 },
    { state: "waiting", waitingFor: { kind: "retry", at: 9 } },
  ],
  [{ state: "active" }, { state: "active" }],
])("an event of version 1 about a node (%j) is read as %j", (first, now) => {
  const node = { kind: "node-state", runId: "r", node: "n" };
  expect(EVENT_BODY.read(1, JSON.stringify({ ...node, ...first }))).toEqual({ ...node, ...now });
});

test("a planned node of version 1 is an execution", () => {
  const { step: _, kind, ...first } = plannedNode("a");
  expect(planDocuments.PLANNED_NODE.read(1, JSON.stringify(first))).toEqual({ kind, ...first });
});
