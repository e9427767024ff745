import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { Tables } from "./tables.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-tables-test-"));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

const CSV = "n,text\n1,a\n,b\n3.5,\ninf,a\n";
const JSON_LINES = '{"n":1,"text":"a"}\n{"n":null,"text":"b"}\n{"n":3.5,"text":null}\n{"n":7,"text":"a"}\n';

describe("a table", () => {
  it.each([
    ["plain.csv", CSV],
    ["packed.csv.gz", gzipSync(CSV)],
    ["packed.csv.zst", zstdCompressSync(CSV)],
    ["tabs.tsv", CSV.replaceAll(",", "\t")],
    ["UPPER.CSV", CSV],
    ["lines.jsonl", JSON_LINES],
    ["lines.ndjson.gz", gzipSync(JSON_LINES)],
    ["array.json", `[${JSON_LINES.trim().replaceAll("\n", ",")}]`],
    // Names that DuckDB would take for patterns, and others that break quotes.
    ["a*.csv", CSV],
    ["[ab]?.csv", CSV],
    ['it\'s "one"; --.csv', CSV],
    ["grüße 表.csv", CSV],
  ])("%s has its columns, its numbers and its values", async (name, content) => {
    file("ab.csv", "other\n1\n");
    await using tables = Tables.open([file(name, content)]);
    const [{ columns, rows }, numbers, counts] = await Promise.all([
      tables.describe(0),
      tables.numbers(0, "n"),
      tables.counts(0, "text", 10),
    ]);
    expect(columns.map((column) => [column.name, column.type])).toEqual([
      ["n", "DOUBLE"],
      ["text", "VARCHAR"],
    ]);
    expect(rows).toBe(4);
    const expected = name.includes("json") || name.includes("lines") ? [1, 3.5, 7] : [1, 3.5];
    expect([...numbers.values]).toEqual(expected);
    expect(numbers.missing).toBe(4 - expected.length);
    expect(counts).toEqual({
      values: [
        ["a", 2],
        ["b", 1],
      ],
      missing: 1,
      distinct: 2,
    });
  });

  it("has a profile: ranges, middles, histograms and the most frequent values", async () => {
    const rows = Array.from({ length: 1_000 }, (_, n) =>
      [
        n,
        n / 4,
        n % 3 === 0 ? "" : `c${n % 3}`,
        `2026-01-${String(1 + (n % 28)).padStart(2, "0")}`,
        n % 2 === 0,
        `id-${n}`,
      ].join(","),
    );
    await using tables = Tables.open([file("profile.csv", `n,x,class,day,even,name\n${rows.join("\n")}\n`)]);
    const { columns, ...table } = await tables.profile(0, { rows: 900, columns: 5, shown: 2 });
    expect(table).toEqual({
      ...{ rows: 1_000, profiledRows: 900, columnCount: 6 },
      first: [
        ["0", "0.0", null, "2026-01-01", "true"],
        ["1", "0.25", "c1", "2026-01-02", "false"],
      ],
    });
    const [n, x, category, day, even] = columns;
    expect(columns.map(({ name, type, kind }) => [name, type, kind])).toEqual([
      ["n", "BIGINT", "number"],
      ["x", "DOUBLE", "number"],
      ["class", "VARCHAR", "text"],
      ["day", "DATE", "time"],
      ["even", "BOOLEAN", "text"],
    ]);
    expect(n).toMatchObject({ missing: 0, min: "0", max: "899", mean: 449.5, top: [] });
    expect(n?.bins).toHaveLength(24);
    expect(x?.bins.reduce((sum, count) => sum + count, 0)).toBe(900);
    expect(x?.quartiles[1]).toBeCloseTo(112.4, 0);
    expect(category).toMatchObject({ missing: 300, distinct: 2, bins: [], mean: null, quartiles: [] });
    expect(category?.top).toEqual([
      { value: "c1", count: 300 },
      { value: "c2", count: 300 },
    ]);
    expect(day).toMatchObject({ min: "2026-01-01", max: "2026-01-28", mean: null });
    expect(even?.top).toEqual([
      { value: "false", count: 450 },
      { value: "true", count: 450 },
    ]);
  });

  it("with columns of every type has a profile all the same", async () => {
    const path = join(root, "types.parquet");
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(`COPY (
      SELECT range::HUGEINT AS huge, range::DECIMAL(18, 3) AS money, range::UTINYINT AS tiny, [range] AS list,
        {'a': range} AS record, MAP {'k': range} AS map, 'x'::BLOB AS bytes, uuid() AS id, interval 1 day AS span,
        (CASE WHEN range % 2 = 0 THEN 'nan'::DOUBLE WHEN range = 3 THEN 'inf'::DOUBLE ELSE range END) AS odd,
        TIMESTAMPTZ '2026-01-01 00:00:00+00' + INTERVAL (range) HOUR AS at, TIME '12:00:00' AS clock, NULL::INTEGER AS none
      FROM range(100)) TO '${path}' (FORMAT parquet)`);
    connection.closeSync();
    await using tables = Tables.open([path]);
    const { columns, first } = await tables.profile(0, { rows: 1_000, columns: 50, shown: 1 });
    expect(Object.fromEntries(columns.map(({ name, kind }) => [name, kind]))).toEqual({
      ...{
        huge: "number",
        money: "number",
        tiny: "number",
        list: "other",
        record: "other",
        map: "other",
        bytes: "other",
      },
      ...{ id: "text", span: "text", odd: "number", at: "time", clock: "text", none: "number" },
    });
    const byName = Object.fromEntries(columns.map((column) => [column.name, column]));
    expect(byName.money?.bins.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(byName.at?.bins).toHaveLength(24);
    expect(byName.odd?.bins.reduce((sum, count) => sum + count, 0)).toBe(49);
    expect(byName.none).toMatchObject({
      missing: 100,
      distinct: 0,
      min: null,
      max: null,
      mean: null,
      bins: [],
      top: [],
    });
    expect(byName.list).toMatchObject({ distinct: null, bins: [], top: [] });
    expect(first[0]?.slice(0, 6)).toEqual(["0.0", "0.000", "0", "[0]", "{'a': 0}", "{k=0}"]);
  });

  it("asked for many things at once gives each of them whole", async () => {
    const rows = Array.from({ length: 50_000 }, (_, index) => `${index},${index * 2},${index % 7}`);
    const path = file("large.csv", `a,b,c\n${rows.join("\n")}\n`);
    await using tables = Tables.open([path, path]);
    const asked = [0, 1].flatMap((table) => ["a", "b", "c"].map((column) => tables.numbers(table, column)));
    const answers = await Promise.all([...asked, tables.counts(0, "c", 3)]);
    for (const answer of answers.slice(0, 6)) expect(answer).toMatchObject({ missing: 0, isSample: false });
    expect((answers[1] as { values: Float64Array }).values.at(-1)).toBe(99_998);
    expect(answers[6]).toMatchObject({ distinct: 7, missing: 0 });
  });

  it("is asked about its columns, whatever others are called", async () => {
    await using tables = Tables.open([file("short.csv", "a,v,n\nx,1,7\nx,2,7\ny,3,7\n")]);
    const [counts, numbers] = await Promise.all([tables.counts(0, "a", 10), tables.numbers(0, "n")]);
    expect(counts).toMatchObject({
      values: [
        ["x", 2],
        ["y", 1],
      ],
      distinct: 2,
    });
    expect([...numbers.values]).toEqual([7, 7, 7]);
  });

  it("answers one query, within its time, about nothing else", async () => {
    await using tables = Tables.open([
      [file("1.csv", "a\n1\n"), file("2.csv", "a,b\n9007199254740993,x\n")],
      file("ref.csv", "c\n5\n"),
    ]);
    expect(await tables.query("SELECT a, b, (SELECT c FROM reference) FROM data ORDER BY a")).toEqual({
      rows: [
        [1, null, 5],
        ["9007199254740993", "x", 5],
      ],
      isCut: false,
    });
    expect(await tables.query("SELECT a FROM data ORDER BY a", { most: 1 })).toEqual({ rows: [[1]], isCut: true });
    for (const [sql, why] of [
      ["SELECT 1; SELECT 2", "not one query"],
      ["CREATE TABLE t (a INT)", "no query (SELECT)"],
      ["SELECT * FROM read_csv('/etc/passwd')", "Permission Error"],
      ["SELECT nothing FROM data", "nothing"],
    ] as const)
      await expect(tables.query(sql)).rejects.toMatchObject({
        code: "HR_TABLE",
        message: expect.stringContaining(why),
      });
    const endless = "SELECT count(*) FROM range(1000000000000) AS t(i) WHERE i % 7 = 8";
    await expect(tables.query(endless, { timeoutMs: 300 })).rejects.toThrow("it took longer than 0.3 s");
    expect((await tables.query("SELECT 1")).rows).toEqual([[1]]);
  });

  it.each([
    ["more columns in the middle", `a,b\n${"1,2\n".repeat(50)}1,2,3,4\n${"6,7\n".repeat(20)}`, "line 52: Expected"],
    ["more columns from the start on", `a,b\n1,2\n${"1,2,3,4\n".repeat(50)}`, "line 3: Expected"],
    ["fewer columns", `a;b\n${"1;2\n".repeat(50)}5\n`, "line 52: Expected"],
    ["another encoding", Buffer.from("a,b\n1,caf\xe9\n", "latin1"), "not utf-8"],
  ])("with %s is refused, by its line", async (_, content, message) => {
    await using tables = Tables.open([file("uneven.csv", content)]);
    await expect(tables.describe(0)).rejects.toMatchObject({
      code: "HR_TABLE",
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["texts alone", "a,b\nx,y\nz,w\n", ["a", "b"], 2],
    ["values that look like remarks", `tag,n\n${"#x,1\n".repeat(9)}y,2\n`, ["tag", "n"], 10],
    ["one column of texts", "name\nx\ny\n", ["name"], 2],
    ["a mark within its only name", '"a,b"\n1\n', ["a,b"], 1],
    ["no rows", "a,b\n", ["a", "b"], 0],
    ["a byte order mark", "\uFEFFa;b\n1;2\n", ["a", "b"], 1],
  ])("with %s has all of its rows, and its names from the first line", async (_, content, names, rows) => {
    await using tables = Tables.open([file("plain.csv", content)]);
    const found = await tables.describe(0);
    expect([found.columns.map(({ name }) => name), found.rows]).toEqual([names, rows]);
  });

  it("is made of files of one kind", () => {
    expect(() => Tables.open([[file("1.csv", "a\n1\n"), file("1.jsonl", '{"a":1}')]])).toThrow(
      expect.objectContaining({ code: "HR_TABLE" }),
    );
    expect(() => Tables.open([[]])).toThrow(expect.objectContaining({ code: "HR_TABLE" }));
  });

  it("whose type changes in its last row is text", async () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => String(index));
    await using tables = Tables.open([file("changes.csv", `a\n${rows.join("\n")}\nlast\n`)]);
    expect((await tables.describe(0)).columns).toEqual([{ name: "a", type: "VARCHAR" }]);
  });

  it.each([
    ["broken.parquet", "PAR1 and nothing more, which is long enough to look at PAR1"],
    ["short.parquet", "x"],
    ["broken.csv.gz", "no gzip at all"],
    ["broken.json", '{"a": [1, 2'],
  ])("%s is refused in words that name it, and no link", async (name, content) => {
    const path = file(name, content);
    await using tables = Tables.open([path]);
    await expect(tables.describe(0)).rejects.toThrow(
      expect.objectContaining({ code: "HR_TABLE", message: expect.stringContaining(path) as unknown }),
    );
    await expect(tables.describe(0)).rejects.not.toThrow(/headrace-tables-(?!test)/);
  });

  it("that is not there, is a folder, leads nowhere or has another ending is refused", () => {
    mkdirSync(join(root, "folder.csv"));
    symlinkSync("nowhere", join(root, "link.csv"));
    for (const [name, code] of [
      ["none.csv", "HR_NOT_FOUND"],
      ["folder.csv", "HR_TABLE"],
      ["link.csv", "HR_NOT_FOUND"],
    ] as const)
      expect(() => Tables.open([join(root, name)])).toThrow(expect.objectContaining({ code }));
    expect(() => Tables.open([file("model.pkl", "")])).toThrow(expect.objectContaining({ code: "HR_TABLE" }));
  });

  it("leaves neither a process nor a folder", async () => {
    // Other tests have theirs beside each other.
    const own = join(root, "own");
    mkdirSync(own);
    vi.stubEnv("TMPDIR", own);
    const tables = Tables.open([file("left.csv", CSV)]);
    await tables.describe(0);
    const pending = tables.numbers(0, "n").catch((error: unknown) => error);
    await tables[Symbol.asyncDispose]();
    expect(await pending).toMatchObject({ code: "HR_TABLE" });
    expect(readdirSync(own)).toEqual([]);
  });
});
