import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ServerRig } from "./fixtures/server-rig.ts";

const FILES = "/api/v0/projects/:project/files";

let rig: ServerRig;
beforeAll(async () => {
  rig = await ServerRig.start();
});
afterAll(() => rig?.[Symbol.asyncDispose]());

async function store(name: string, content: string | Uint8Array): Promise<string> {
  const { sha256, sizeBytes } = await rig.put(content);
  const records = await rig.database.project(rig.project.id);
  return (await records.data.add({ name, sha256, sizeBytes, properties: {} }, Date.now())).id;
}

async function tableOf(name: string, content: string | Uint8Array) {
  const id = await store(name, content);
  return await rig.call({ url: `${FILES}/${id}/table/`, as: "viewer" });
}

async function parquet(query: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "headrace-parquet-"));
  const path = join(folder, "made.parquet");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

test.each([
  ["table.csv", () => "a,b\n1,x\n2,\n"],
  ["table.tsv", () => "a\tb\n1\tx\n2\t\n"],
  ["table.csv.gz", () => gzipSync("a,b\n1,x\n2,\n")],
  ["lines.jsonl", () => '{"a":1,"b":"x"}\n{"a":2,"b":null}\n'],
  ["table.parquet", () => parquet("SELECT range + 1 AS a, CASE range WHEN 0 THEN 'x' END AS b FROM range(2)")],
])("a viewer sees the columns and first rows of %s", async (name, content) => {
  const answer = await tableOf(name, await content());
  expect(answer.statusCode, answer.body).toBe(200);
  expect(answer.json()).toMatchObject({
    ...{ rows: 2, profiledRows: 2, columnCount: 2, isPart: false },
    columns: [
      { name: "a", kind: "number", min: "1", max: "2", mean: 1.5 },
      { name: "b", kind: "text", missing: 1, top: [{ value: "x", count: 1 }] },
    ],
    first: [
      ["1", "x"],
      ["2", null],
    ],
  });
});

test("of a long text the beginning is looked at, also where it is packed a thousand times smaller", async () => {
  const rows = `${"1,one row of many rows that are all alike\n".repeat(1_000)}`;
  const packed = gzipSync(`a,b\n${rows.repeat(500)}`);
  const answer = await tableOf("bomb.csv.gz", packed);
  expect(answer.statusCode, answer.body).toBe(200);
  const { isPart, rows: count } = answer.json();
  expect(isPart).toBe(true);
  expect(count).toBeGreaterThan(300_000);
  expect(count).toBeLessThan(500_000);
});

test.each([
  ["noise.parquet", () => randomBytes(5_000)],
  ["cut.parquet", async () => (await parquet("SELECT range AS a FROM range(100000)")).subarray(0, 50_000)],
  ["noise.csv.gz", () => randomBytes(5_000)],
  ["noise.jsonl", () => "}{".repeat(1_000)],
  ["model.pkl", () => "x"],
])("%s is no table, and says so in the words of its name", async (name, content) => {
  const answer = await tableOf(name, await content());
  expect([answer.statusCode, answer.json().code]).toEqual([422, "HR_TABLE"]);
  expect(answer.json().detail).toContain(name);
  expect(answer.body).not.toMatch(/headrace-table/);
});

test("a table reads no other file, whatever its rows say", async () => {
  const answer = await tableOf("reads.csv", "a\n\"'); SELECT * FROM read_text('/etc/passwd'); --\"\n");
  expect(answer.statusCode).toBe(200);
  expect(answer.body).not.toContain("root:x");
});

test("sound and film are played with their own type and by ranges, and nothing else is", async () => {
  const sound = await store("a/noise.WAV", "RIFF and so on");
  const whole = await rig.call({ url: `${FILES}/${sound}/media/`, as: "viewer" });
  expect([whole.statusCode, whole.headers["content-type"], whole.headers["accept-ranges"], whole.body]).toEqual([
    ...[200, "audio/wav", "bytes", "RIFF and so on"],
  ]);
  expect(whole.headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "content-security-policy": expect.stringContaining("default-src 'none'"),
  });
  const part = await rig.call({ url: `${FILES}/${sound}/media/`, as: "viewer", headers: { range: "bytes=0-3" } });
  expect([part.statusCode, part.body]).toEqual([206, "RIFF"]);
  const page = await store("page.html", "<script>alert(1)</script>");
  const refused = await rig.call({ url: `${FILES}/${page}/media/`, as: "viewer" });
  expect([refused.statusCode, refused.json().code]).toEqual([400, "HR_USAGE"]);
});
