import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ROUTES, type RouteContract, VALOHAI_LATER } from "../api/index.ts";
import { ServerRig } from "./fixtures/server-rig.ts";

const PAGE = readFileSync("docs/api-valohai.md", "utf8");
const [, WORKS = "", LATER = ""] = PAGE.split(/^## What (?:works|comes later)$/m);

/** The first column of a table, without the quotes. */
function firstColumn(text: string): readonly string[] {
  return [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, cell = ""]) => cell);
}

const routes = Object.values<RouteContract>(ROUTES);
const later = Object.values<RouteContract>(VALOHAI_LATER);

test("docs/api-valohai.md lists what works as the contracts have it", () => {
  const listed = firstColumn(WORKS);
  const known = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  expect(listed.filter((call) => !known.has(call))).toEqual([]);
  const called = routes.filter(
    ({ tag, path }) => / as Valohai's clients call/.test(tag) && !path.includes("/downloads/"),
  );
  expect(called.map(({ method, path }) => `${method} ${path}`).filter((call) => !listed.includes(call))).toEqual([]);
  expect(listed.filter((call) => later.some(({ method, path }) => `${method} ${path}` === call))).toEqual([]);
});

test("docs/api-valohai.md lists what comes later, and each of these calls says so and what to do until then", async () => {
  const listed = firstColumn(LATER);
  expect(new Set(later.map(({ path }) => /^\/api\/v0\/[^/]+\//.exec(path)?.[0]))).toEqual(new Set(listed));
  await using rig = await ServerRig.start();
  for (const { method, path } of later) {
    const response = await rig.call({ method, url: path.replace(":id", "some-id"), as: "viewer" });
    expect([method, path, response.statusCode, response.json()]).toEqual([
      ...[method, path, 501],
      expect.objectContaining({ code: "HR_NOT_SUPPORTED", hint: expect.stringMatching(/^until it has: ./) }),
    ]);
  }
});
