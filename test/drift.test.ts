import { describe, expect, it } from "vitest";
import type { DriftView } from "../src/api/index.ts";
import { RandomNumbers } from "../src/tasks/index.ts";
import { ProjectRig } from "./rig.ts";

/** Rows whose temperature and carriers move with `shift`; everything else stays as it is. */
function table(seed: string, rows: number, shift: number): string {
  const random = new RandomNumbers(seed);
  const lines = Array.from({ length: rows }, (_, index) => {
    const carrier = random.uniform() < 0.5 - shift / 2 ? "AA" : "<b>DL</b>";
    const wind = random.uniform() < 0.1 ? "" : random.uniform().toFixed(3);
    return `${seed}${index},${(random.normal() + shift).toFixed(3)},${wind},${carrier},2026-01-0${1 + (index % 9)}`;
  });
  return `id,temp,wind,carrier,day\n${lines.join("\n")}\n`;
}

describe("headrace drift", () => {
  const project = (): ProjectRig =>
    new ProjectRig({
      "reference.csv": table("r", 12_000, 0),
      "same.csv": table("s", 11_000, 0),
      "moved.csv": table("m", 11_000, 0.5),
      "few.csv": table("f", 50, 0.5),
      "other.csv": "x\n1\n",
    });

  it("names the columns that moved, and what was not compared", async () => {
    await using rig = project();
    const drift = await rig.json<DriftView>(0, "drift", "reference.csv", "moved.csv");
    const verdicts = Object.fromEntries(drift.columns.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toEqual({ temp: "drifted", carrier: "drifted", wind: "stable" });
    expect(drift).toMatchObject({ verdict: "drifted", driftedColumns: 2, comparedColumns: 3, sampled: false });
    expect(drift.skipped.map(({ name }) => name)).toEqual(["id", "day"]);
    const wind = drift.columns.find(({ name }) => name === "wind");
    expect((wind?.referenceCount ?? 0) + (wind?.referenceMissing ?? 0)).toBe(12_000);
    expect(wind?.referenceMissing).toBeGreaterThan(1_000);
    for (const { bins } of drift.columns) expect(bins.reduce((sum, bin) => sum + bin.reference, 0)).toBeCloseTo(1, 9);
  });

  it("finds none where both are drawn alike", async () => {
    await using rig = project();
    expect((await rig.json<DriftView>(0, "drift", "reference.csv", "same.csv", "--fail")).verdict).toBe("stable");
  });

  it("ends with 1 under --fail where the table drifted, and where nothing can be said", async () => {
    await using rig = project();
    expect((await rig.headrace("drift", "reference.csv", "moved.csv", "--fail")).code).toBe(1);
    expect((await rig.headrace("drift", "reference.csv", "moved.csv")).code).toBe(0);
    expect((await rig.headrace("drift", "reference.csv", "moved.csv", "--fail", "--share", "0.9")).code).toBe(0);
    const few = await rig.json<DriftView>(1, "drift", "reference.csv", "few.csv", "--fail");
    expect(few).toMatchObject({ verdict: "few", comparedColumns: 0 });
    expect((await rig.json<DriftView>(0, "drift", "reference.csv", "few.csv", "--least", "20")).verdict).toBe(
      "drifted",
    );
  });

  it("gives the verdicts of Evidently's defaults on demand", async () => {
    await using rig = project();
    const drift = await rig.json<DriftView>(0, "drift", "reference.csv", "moved.csv", "--flavour", "evidently");
    expect(drift.columns.map(({ name, scores }) => [name, scores.map(({ measure }) => measure)])).toEqual([
      ["temp", ["wasserstein"]],
      ["carrier", ["jensenshannon"]],
      ["wind", ["wasserstein"]],
    ]);
  });

  it("writes a page that holds everything, and nothing of the data as markup", async () => {
    await using rig = project();
    await rig.headrace("drift", "reference.csv", "moved.csv", "--html", "page.html");
    const page = rig.read("page.html");
    expect(page).toContain("✗ drifted: 2 of 3 columns");
    expect(page).toContain("&#60;b&#62;DL&#60;/b&#62;");
    expect(page).not.toMatch(/<b>|<script|https?:/);
  });

  it("says what does not fit", async () => {
    await using rig = project();
    const stderr = async (...args: readonly string[]): Promise<string> => (await rig.headrace("drift", ...args)).stderr;
    expect(await stderr("reference.csv", "none.csv")).toMatch(/there is no file .*none\.csv \[HR_NOT_FOUND\]/);
    expect(await stderr("reference.csv", "other.csv")).toContain("the tables have no column in common [HR_TABLE]");
    expect(await stderr("reference.csv", "same.csv", "--column", "tmp")).toContain("has no column tmp [HR_NOT_FOUND]");
    expect(await stderr("reference.csv", "same.csv", "--share", "2")).toContain("[HR_USAGE]");
    expect(await stderr("reference.csv", "same.csv", "--flavour", "x")).toContain("[HR_USAGE]");
  });
});
