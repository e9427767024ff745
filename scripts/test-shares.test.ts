import { expect, it, test } from "vitest";
import { filesOf, listFiles, TEST_PROJECTS } from "./test-shares.ts";

it.each(TEST_PROJECTS)("each file of the tests %s belongs to `npm test` or to `npm run test:long`", (name) => {
  const short = filesOf(name, "short").include;
  const long = filesOf(name, "long").include;
  expect([...short, ...long].toSorted()).toEqual(listFiles(filesOf(name, "all")));
});

test("both commands have tests of each database", () => {
  for (const name of ["headrace", "on PostgreSQL"] as const)
    for (const share of ["short", "long"] as const) expect(filesOf(name, share).include).not.toEqual([]);
});
