import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CheckSuggestionView, ChecksView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const JUNE = Array.from({ length: 400 }, (_, n) => `${n},${["AA", "DL"][n % 2]},${n % 50 === 0 ? "" : n % 60}`);
const JULY = [...JUNE.slice(0, 300), "300,<b>ZZ</b>,9999", "300,AA,5"];
const table = (rows: readonly string[]): string => `flight_id,carrier,delay\n${rows.join("\n")}\n`;

const SUITE = `
checks:
  - rows: {min: 100}
    columns:
      carrier: {in: [AA, DL], mostly: 0.99}
      flight_id: {unique: true, not-null: true}
      delay: {not-null: 0.95, max: 600}
    sql: ["select * from data where delay > 100000"]
  - columns: {delay: {mean: {max: 20}}}
    on-fail: warn
    description: it moves with the season
`;

describe("headrace checks", () => {
  const project = (): ProjectRig =>
    new ProjectRig({
      "june.csv": table(JUNE),
      "july.csv": table(JULY),
      "more.csv": "flight_id,carrier,delay\n9001,AA,1\n",
      "suite.yaml": SUITE,
      "suite.json": JSON.stringify({
        expectations: [
          { type: "expect_column_values_to_be_unique", kwargs: { column: "flight_id" }, meta: { notes: "a key" } },
          { expectation_type: "expect_column_values_to_be_dateutil_parseable", kwargs: { column: "carrier" } },
        ],
      }),
    });

  it("says what is not as expected, with rows, and ends with 1", async () => {
    await using rig = project();
    const checks = await rig.json<ChecksView>(1, "checks", "run", "suite.yaml", "july.csv");
    expect(checks).toMatchObject({ verdict: "failed", rows: 302, failed: 2, warned: 1, passed: 5, skipped: [] });
    const broken = checks.checks.filter(({ outcome }) => outcome !== "passed");
    expect(broken.map(({ subject, expected, bad }) => [subject, expected, bad])).toEqual([
      ["flight_id", "unique", 2],
      ["delay", "at most 600", 1],
      ["delay", "mean at most 20", null],
    ]);
    expect(broken[0]?.examples.map(({ row }) => row)).toEqual([301, 302]);
    expect(broken[1]?.examples).toEqual([{ row: 301, values: { delay: 9999 } }]);
    expect(broken[2]).toMatchObject({ severity: "warn", description: "it moves with the season" });
    const { stdout } = await rig.headrace("checks", "run", "suite.yaml", "july.csv");
    expect(stdout).toContain("failed: 2 of 8 checks failed, 1 warned");
    const quiet = await rig.json<ChecksView>(1, "checks", "run", "suite.yaml", "july.csv", "--examples", "0");
    expect(quiet.checks.flatMap(({ examples }) => examples)).toEqual([]);
  });

  it("reads the tests of a properties file of dbt", async () => {
    await using rig = project();
    const tests =
      "{name: flight_id, data_tests: [unique, not_null]}, {name: carrier, tests: [{relationships: {to: ref('c'), field: carrier}}]}";
    rig.write("schema.yml", `version: 2\nmodels:\n  - {name: june, columns: [${tests}]}\n  - name: other\n`);
    const june = await rig.json<ChecksView>(0, "checks", "run", "schema.yml", "june.csv");
    expect([june.passed, june.skipped.map(({ name }) => name)]).toEqual([2, ["relationships of june.carrier"]]);
    const args = ["checks", "run", "schema.yml", "june.csv", "--reference", "more.csv"];
    const { checks } = await rig.json<ChecksView>(1, ...args);
    expect(checks.map(({ subject, bad }) => [subject, bad])).toEqual([
      ["flight_id", 0],
      ["flight_id", 0],
      ["carrier", 200],
    ]);
    const { stderr } = await rig.headrace("checks", "run", "schema.yml", "july.csv");
    expect(stderr).toContain("does not say which of its tables july is");
  });

  it("ends with 0 where only rules that warn are broken, and reads several files as one table", async () => {
    await using rig = project();
    const checks = await rig.json<ChecksView>(0, "checks", "run", "suite.yaml", "june.csv", "more.csv");
    expect(checks).toMatchObject({ verdict: "warned", rows: 401, warned: 1, failed: 0 });
  });

  it("drafts a suite that its own table keeps, and another does not", async () => {
    await using rig = project();
    const { suite } = await rig.json<CheckSuggestionView>(0, "checks", "suggest", "june.csv");
    rig.write("draft.yaml", suite);
    expect(suite).toContain("in: [AA, DL] # all 2 that there are");
    expect((await rig.json<ChecksView>(0, "checks", "run", "draft.yaml", "june.csv")).verdict).toBe("passed");
    const july = await rig.json<ChecksView>(1, "checks", "run", "draft.yaml", "july.csv");
    const broken = july.checks.filter(({ outcome }) => outcome !== "passed").map(({ subject }) => subject);
    expect(broken).toEqual(["flight_id", "carrier", "delay"]);
    expect((await rig.headrace("checks", "suggest", "june.csv")).stdout).toBe(suite);
  });

  it("reads suites of Great Expectations, and says what it leaves out", async () => {
    await using rig = project();
    const checks = await rig.json<ChecksView>(1, "checks", "run", "suite.json", "july.csv");
    expect(checks.checks.map(({ expected, description }) => [expected, description])).toEqual([["unique", "a key"]]);
    expect(checks.skipped).toEqual([
      { name: "expect_column_values_to_be_dateutil_parseable", reason: "it has no equal here" },
    ]);
  });

  it("writes a page on which nothing of the table is taken for markup", async () => {
    await using rig = project();
    rig.write("strict.yaml", "checks: [{columns: {carrier: {in: [AA, DL]}}}]\n");
    expect((await rig.headrace("checks", "run", "strict.yaml", "july.csv", "--html", "page.html")).code).toBe(1);
    const page = readFileSync(join(rig.root, "page.html"), "utf8");
    expect(page).toContain("&#60;b&#62;ZZ&#60;/b&#62;");
    expect(page).not.toContain("<b>");
    expect(page).toContain("default-src 'none'");
  });

  it.each([
    ["a key that is not known", "checks: [{row: {min: 1}}]", "row"],
    ["a limit that allows nothing", "checks: [{rows: {min: 5, max: 2}}]", "no value lies within these limits"],
    [
      "limits of a column that allow nothing",
      "checks: [{columns: {a: {min: 10, max: 1}}}]",
      "no value lies within these limits",
    ],
    ["no limit", "checks: [{columns: {a: {mean: {}}}}]", "there is no limit"],
    ["a comparison of nothing", "checks: [{compare: [a]}]", "compares no two columns"],
    ["a type that is none", "checks: [{columns: {a: {type: int}}}]", "is no type"],
    ["a quantile that is none", "checks: [{columns: {a: {quantiles: {2: 1}}}}]", "is no quantile"],
    ["a share that is none", "checks: [{columns: {a: {not-null: 97}}}]", "not-null"],
    ["nothing", "checks: []", "nothing is expected"],
    ["no mapping", "- rows: 1", "mapping"],
  ])("refuses a suite with %s, by its place", async (_, text, message) => {
    await using rig = project();
    rig.write("bad.yaml", text);
    const { code, stderr } = await rig.headrace("checks", "run", "bad.yaml", "june.csv");
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain("bad.yaml:1:");
  });

  it("refuses what is no table, no suite, or not there", async () => {
    await using rig = project();
    for (const [words, message] of [
      [["run", "suite.yaml"], "there is no table to check"],
      [["suggest", "june.csv", "--html", "page.html"], "--html does not go with `checks suggest`"],
      [["show", "1", "--reference", "june.csv"], "--reference does not go with `checks show`"],
      [["run", "absent.yaml", "june.csv"], "there is no file"],
      [["run", "suite.yaml", "absent.csv"], "there is no file"],
      [["run", "june.csv", "june.csv"], "june.csv"],
      [["look", "suite.yaml"], "look"],
    ] as const) {
      const { code, stderr } = await rig.headrace("checks", ...words);
      expect(code, words.join(" ")).not.toBe(0);
      expect(stderr).toContain(message);
    }
  });
});
