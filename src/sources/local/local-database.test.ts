import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusal, type SourcesRig, sourcesRig } from "../fixtures/sources-rig.ts";

let rig: SourcesRig;
/** Long after the test's files were written. */
const later = Date.now() + 3_600_000;

beforeEach(async () => {
  rig = await sourcesRig({ now: () => later });
  await mkdir(rig.project);
});
afterEach(() => rig[Symbol.asyncDispose]());

async function put(path: string, content = path): Promise<string> {
  const full = join(rig.project, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, content);
  return full;
}

const names = async (uri: string): Promise<readonly string[]> =>
  (await rig.fetch(uri)).map(({ directories, name }) => [...directories, name].join("/"));

describe("a database", () => {
  const DATABASE = "SQLite format 3\0 and pages";
  const DUCK = "checksumDUCK and pages";

  it.each([
    ["an SQLite database", DATABASE, "app.db-wal", "sqlite3 app.db 'pragma wal_checkpoint(truncate)'"],
    ["an SQLite database", DATABASE, "app.db-journal", "sqlite3 app.db 'vacuum'"],
    ["a DuckDB database", DUCK, "app.db.wal", "duckdb app.db -c checkpoint"],
  ])("%s is refused without the content beside it", async (called, content, beside, command) => {
    const path = await put("app.db", content);
    await put(beside, "rows");
    const refused = [
      "HR_INPUT_UNAVAILABLE",
      `input app.db: ${path} is ${called}, and some of its content stands in ${beside} beside it`,
      expect.stringContaining(command),
    ];
    expect(await refusal(rig.fetch("app.db"))).toEqual(refused);
    expect(await refusal(rig.sources.check("app.db"))).toEqual(refused);
    for (const uri of ["*.db", "app.d*b"])
      expect((await refusal(rig.sources.check(uri)))[0]).toBe("HR_INPUT_UNAVAILABLE");
    await symlink(path, join(rig.project, "link.db"));
    expect((await refusal(rig.fetch("link.db")))[1]).toContain(
      `link.db is ${called}, and some of its content stands in ${beside}`,
    );
  });

  it.each([
    ["SQLite", DATABASE, "-wal"],
    ["DuckDB", DUCK, ".wal"],
  ])(
    "of %s is taken together with it, after it was written out, and when it is no database",
    async (_, content, ending) => {
      await put("whole/app.db", content);
      await put(`whole/app.db${ending}`, "rows");
      await rig.sources.check("whole");
      expect(await names("whole")).toEqual(["app.db", `app.db${ending}`]);
      await put("out/app.db", content);
      await put(`out/app.db${ending}`, "");
      await put("out/app.db-shm", "index");
      expect(await names("out/app.db")).toEqual(["app.db"]);
      await put("other/a.csv", "1");
      await put(`other/a.csv${ending}`, "2");
      expect(await names("other/a.csv")).toEqual(["a.csv"]);
    },
  );
});
