import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalBlobStore } from "../../blobs/index.ts";
import { leftIn, writeOutputs } from "../fixtures/output-tree.ts";
import { temporaryBlobs } from "../fixtures/temporary-blobs.ts";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { collectOutputs } from "./collect-outputs.ts";
import { OutputJournal } from "./output-journal.ts";

let store: Awaited<ReturnType<typeof temporaryBlobs>>;
let blobs: LocalBlobStore;
beforeAll(async () => {
  store = await temporaryBlobs();
  blobs = store.blobs;
});
afterAll(() => store[Symbol.asyncDispose]());

async function collected(files: Readonly<Record<string, string>>) {
  using folder = temporaryExecution();
  writeOutputs(folder, files);
  const { outputs, warnings } = await collectOutputs(folder, blobs);
  expect(leftIn(folder)).toEqual([]);
  return { properties: Object.fromEntries(outputs.map((output) => [output.name, output.properties])), warnings };
}

const SIDECAR_HINT = "write a JSON object, beside the file whose name it extends";
const LIST_HINT = 'write lines such as {"file": "model.pt", "metadata": {"accuracy": 0.9}}';

describe("a sidecar", () => {
  test.each<[name: string, files: Record<string, string>, properties: unknown]>([
    ["of a file", { "m.pt": "x", "m.pt.metadata.json": '{"accuracy": 0.9}' }, { "m.pt": { accuracy: 0.9 } }],
    [
      "in a folder",
      { "a/m.pt": "x", "a/m.pt.metadata.json": '{"a": 1}', "m.pt": "y" },
      { "a/m.pt": { a: 1 }, "m.pt": {} },
    ],
    ["with valohai keys", { m: "x", "m.metadata.json": '{"valohai.tags": ["t"]}' }, { m: { "valohai.tags": ["t"] } }],
    ["with NaN, as Python writes it", { m: "x", "m.metadata.json": '{"loss": NaN}' }, { m: { loss: "NaN" } }],
    ["with a byte order mark", { m: "x", "m.metadata.json": '\ufeff{"a": 1}' }, { m: { a: 1 } }],
    ["that is empty", { m: "x", "m.metadata.json": "{}" }, { m: {} }],
    [
      "of a sidecar's look-alike",
      { "m.metadata.json": '{"a": 1}', "m.metadata.json.metadata.json": '{"b": 2}', m: "x" },
      { m: { a: 1 }, "m.metadata.json.metadata.json": {} },
    ],
  ])("%s", async (_name, files, properties) => {
    expect((await collected(files)).properties).toEqual(properties);
  });

  test("of a link", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { m: "x", "latest.metadata.json": '{"a": 1}' });
    symlinkSync("m", join(folder.outputs, "latest"));
    const { outputs, warnings } = await collectOutputs(folder, blobs);
    expect(outputs.map(({ name, properties }) => [name, properties])).toEqual([
      ["latest", { a: 1 }],
      ["m", {}],
    ]);
    expect(warnings).toEqual([]);
  });

  test.each([
    ["no JSON", "{", "it is no JSON object"],
    ["a list", "[1]", "it is no JSON object"],
    ["over 1 MiB", `{"a": "${"x".repeat(1024 * 1024)}"}`, "it is larger than 1 MiB"],
  ])("that is %s is kept as an output, with a warning", async (_name, text, why) => {
    const { properties, warnings } = await collected({ m: "x", "m.metadata.json": text });
    expect(properties).toEqual({ m: {}, "m.metadata.json": {} });
    const message = `"m.metadata.json" was kept as an output and not taken as properties: ${why}`;
    expect(warnings).toEqual([{ name: "m.metadata.json", message, hint: SIDECAR_HINT }]);
  });

  test("of nothing is kept as an output, with a warning", async () => {
    const { properties, warnings } = await collected({ "m.metadata.json": '{"a": 1}' });
    expect(properties).toEqual({ "m.metadata.json": {} });
    const message =
      '"m.metadata.json" was kept as an output and not taken as properties: there is no output that it belongs to';
    expect(warnings).toEqual([{ name: "m.metadata.json", message, hint: SIDECAR_HINT }]);
  });
});

describe("the list of properties", () => {
  const list = (lines: readonly unknown[]) =>
    lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");

  test("gives each file its own; a sidecar goes before it", async () => {
    const { properties, warnings } = await collected({
      a: "1",
      "d/b": "2",
      "a.metadata.json": '{"x": "sidecar"}',
      "valohai.metadata.jsonl": list([
        { file: "a", metadata: { x: "list", y: 1 } },
        "",
        { file: "./d/b", metadata: { z: 2 } },
        { file: "d/b", metadata: { w: 3 } },
      ]),
    });
    expect(properties).toEqual({ a: { x: "sidecar", y: 1 }, "d/b": { z: 2, w: 3 } });
    expect(warnings).toEqual([]);
  });

  test.each([
    [["not json"], 'line 1 is not of the form {"file", "metadata"}'],
    [
      [
        { file: "a", metadata: { ok: 1 } },
        { file: "a", metadata: [1] },
      ],
      'line 2 is not of the form {"file", "metadata"}',
    ],
    [[{ file: "gone", metadata: {} }], 'line 1 names "gone", which is no output'],
    [
      [{ file: "../a", metadata: {} }, { file: 1 }, "{"],
      'line 1 names "../a", which is no output (and 2 more such lines)',
    ],
  ])("with bad lines %j is kept as an output, and its good lines count", async (lines, why) => {
    const { properties, warnings } = await collected({
      a: "1",
      "valohai.metadata.jsonl": list([...lines, { file: "a", metadata: { good: true } }]),
    });
    expect(properties).toMatchObject({ a: { good: true }, "valohai.metadata.jsonl": {} });
    const message = `"valohai.metadata.jsonl" was kept as an output and not taken as properties: ${why}`;
    expect(warnings).toEqual([{ name: "valohai.metadata.jsonl", message, hint: LIST_HINT }]);
  });

  test("counts only in the root of outputs", async () => {
    expect(
      (await collected({ a: "1", "d/valohai.metadata.jsonl": list([{ file: "a", metadata: { x: 1 } }]) })).properties,
    ).toEqual({
      a: {},
      "d/valohai.metadata.jsonl": {},
    });
  });

  test("reaches a file that was taken while the step ran: the newest of its name", async () => {
    using folder = temporaryExecution();
    await using journal = await OutputJournal.open(folder.control);
    const draft = { name: "m.pt", sha256: "0".repeat(64), sizeBytes: 1, live: true };
    await journal.note([
      { output: { ...draft, id: "1", properties: {} }, identity: "i1" },
      { output: { ...draft, id: "2", properties: { kept: true } }, identity: "i2" },
    ]);
    writeOutputs(folder, { "valohai.metadata.jsonl": list([{ file: "m.pt", metadata: { x: 1 } }]) });
    const first = await collectOutputs(folder, blobs);
    expect(first.outputs.map(({ id, properties }) => [id, properties])).toEqual([
      ["1", {}],
      ["2", { kept: true, x: 1 }],
    ]);
    expect(first.warnings).toEqual([]);
    expect(await collectOutputs(folder, blobs)).toEqual(first);
  });
});
