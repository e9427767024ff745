import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("scripts/vectors.ts answers each line in its turn, what it does not know as well", () => {
  const questions = [
    { op: "drift", kind: "num", test: "ks", reference: [1, 2, 3], current: [2, 3, null, "inf"] },
    { op: "drift", kind: "cat", test: "ks", reference: ["a"], current: ["b"] },
    { op: "drift", kind: "cat", test: "chisquare", reference: ["a"], current: ["a"] },
    { op: "drift", kind: "num", test: "psi", reference: [null], current: [1] },
    { op: "optimize", function: "branin", sampler: "random", seed: 1, trials: 3 },
    { op: "constructor" },
    { op: "schedule", cron: "30 2 * * *", zone: "Europe/Helsinki", after: "2026-03-28T10:00:00Z", n: 2 },
    { op: "schedule", cron: "* * 31 2 *", zone: "UTC", after: "2026-03-28T10:00:00Z", n: 2 },
    { op: "check", table: { a: [1, 1, null] }, expectation: "ExpectColumnValuesToBeUnique", kwargs: { column: "a" } },
    {
      op: "pit",
      views: [{ name: "v", keys: ["id"], ttl_seconds: 60, created: false, features: ["f"], rows: [] }],
      entities: [{ id: 1, event_timestamp: "2026-03-10T12:00:00Z" }],
    },
    { op: "webhook", scheme: "github", secret: "s", headers: {}, body_base64: "", now: 1 },
  ];
  const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, "../scripts/vectors.ts")], {
    input: [...questions.map((question) => JSON.stringify(question)), "no JSON"].join("\n"),
    encoding: "utf8",
  });
  expect(status).toBe(0);
  const answers = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers.slice(0, 4)).toEqual([
    { score: 1 },
    { unsupported: true },
    { score: null },
    { error: "a column has no value that a test can use" },
  ]);
  expect(answers[4]?.best).toHaveLength(3);
  expect(answers[5]).toEqual({ unsupported: true });
  expect(answers[6]).toEqual({ times: ["2026-03-29T00:30:00Z", "2026-03-29T23:30:00Z"] });
  expect(answers[7]).toEqual({ error: "the schedule * * 31 2 * never comes" });
  expect(answers[8]).toEqual({ success: false, unexpected: 2 });
  expect(answers[9]).toEqual({ rows: [{ v__f: null }] });
  expect(answers[10]).toEqual({ valid: false });
  expect(answers[11]).toHaveProperty("error");
  expect(answers).toHaveLength(12);
});
