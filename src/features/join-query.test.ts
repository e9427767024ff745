import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { Tables } from "../tables/index.ts";
import { type JoinedView, joinQuery } from "./join-query.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-features-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;
type View = Omit<JoinedView, "relation">;

let files = 0;
function fileOf(rows: readonly Row[]): string {
  const path = join(root, `${files++}.json`);
  writeFileSync(path, JSON.stringify(rows));
  return path;
}

async function joined(
  spine: readonly Row[],
  views: readonly (View & { readonly rows: readonly Row[] })[],
  asKnown = false,
): Promise<readonly (readonly unknown[])[]> {
  await using tables = Tables.open([fileOf(spine), ...views.map(({ rows }) => fileOf(rows))]);
  const given = views.map((view, index) => ({ ...view, relation: tables.relation(index + 1) }));
  const sql = joinQuery(given, { spine: tables.relation(0), timestamp: "at", asKnown });
  return (await tables.query(sql, { most: 10_000 })).rows;
}

/** Minutes of one hour, so that times meet often. */
const minute = fc.integer({ min: 0, max: 12 });
const at = (minutes: number): string => new Date(Date.UTC(2026, 2, 10, 0, minutes)).toISOString();
const key = fc.oneof(fc.constantFrom(1, 2), fc.constant(null));
const history = fc.array(
  fc.record({ id: key, ts: minute, created: minute, f: fc.oneof(fc.integer(), fc.constant(null)) }),
  {
    maxLength: 12,
  },
);
const asked = fc.array(fc.record({ id: key, at: minute }), { minLength: 1, maxLength: 8 });

interface Written {
  readonly id: number | null;
  readonly ts: number;
  readonly created: number;
  readonly f: number | null;
}

/** The rules, row by row. */
function byRule(
  { id, at: asOf }: { readonly id: number | null; readonly at: number },
  rows: readonly Written[],
  { ttl, asKnown }: { readonly ttl: number; readonly asKnown: boolean },
): number | null {
  const visible = rows
    .map((row, order) => ({ ...row, order }))
    .filter((row) => row.id !== null && row.id === id && row.ts <= asOf && (!asKnown || row.created <= asOf))
    .sort((a, b) => b.ts - a.ts || b.created - a.created || b.order - a.order);
  const [newest] = visible;
  return newest === undefined || (ttl > 0 && asOf - newest.ts > ttl) ? null : newest.f;
}

describe("the features of a row as of its time", () => {
  it("are those that the rules give, whatever the histories", async () => {
    await fc.assert(
      fc.asyncProperty(asked, history, fc.constantFrom(0, 3), fc.boolean(), async (spine, rows, ttl, asKnown) => {
        // Without these, a column that is null in all rows has no type.
        const first: Written = { id: 99, ts: 0, created: 0, f: 1 };
        const view: View = {
          ...{ name: "v", keys: ["id"], timestamp: "ts", created: "created", features: ["f"] },
          ...(ttl > 0 && { ttlSeconds: ttl * 60 }),
        };
        const all = [first, ...rows];
        const found = await joined(
          [...spine, { id: 99, at: 0 }].map((row) => ({ ...row, at: at(row.at) })),
          [{ ...view, rows: all.map((row) => ({ ...row, ts: at(row.ts), created: at(row.created) })) }],
          asKnown,
        );
        expect(found.slice(0, -1).map((row) => row.at(-1))).toEqual(
          spine.map((row) => byRule(row, rows, { ttl, asKnown })),
        );
      }),
      { numRuns: 30 },
    );
  });

  it("keep the rows, their order, their number and their other columns", async () => {
    const spine = [
      { id: 2, at: at(5), label: "x" },
      { id: 1, at: at(5), label: "y" },
      { id: 2, at: at(5), label: "x" },
      { id: 7, at: at(5), label: null },
    ];
    const rows = [{ id: 2, ts: at(5), f: 1.5 }];
    expect(
      (await joined(spine, [{ name: "v", keys: ["id"], timestamp: "ts", features: ["f"], rows }])).map(
        ([id, , label, f]) => [id, label, f],
      ),
    ).toEqual([
      [2, "x", 1.5],
      [1, "y", null],
      [2, "x", 1.5],
      [7, null, null],
    ]);
  });

  it("come from columns of any name, of several views and keys", async () => {
    const odd = `it's "x"; --`;
    const spine = [{ [odd]: "a", shop: 1, time: "t", at: at(5) }];
    const found = await joined(spine, [
      {
        ...{ name: odd, keys: [odd, "shop"], timestamp: "time", features: [`${odd}2`, "row", "spine"] },
        rows: [{ [odd]: "a", shop: 1, time: at(4), [`${odd}2`]: 1, row: 2, spine: 3 }],
      },
      { name: "b", keys: ["shop"], timestamp: "at", features: ["f"], rows: [{ shop: 1, at: at(6), f: 9 }] },
    ]);
    expect(found.map((row) => row.slice(4))).toEqual([[1, 2, 3, null]]);
  });
});
