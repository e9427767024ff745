import { expect, test } from "vitest";
import { pageOfNumbers } from "./page.ts";
import type { RunState } from "./records.ts";

test("one range per wanted state, each named once", () => {
  expect(
    pageOfNumbers({
      table: "runs",
      where: ["project_key = :project"],
      states: ["error", "started", "error"],
      direction: "desc",
    }),
  ).toBe(
    "select number from (" +
      "select number from (select number from runs where project_key = :project and state = 'error' and number > :above and number < :below " +
      "order by number desc limit :limit) as error_numbers" +
      " union all " +
      "select number from (select number from runs where project_key = :project and state = 'started' and number > :above and number < :below " +
      "order by number desc limit :limit) as started_numbers" +
      ") as numbers order by number desc limit :limit",
  );
});

test("every state where none is asked for", () => {
  const text = pageOfNumbers({ table: "executions", where: ["run_key = 1"], states: undefined, direction: "asc" });
  const states = [...text.matchAll(/state = '(\w+)'/g)].map((match) => match[1]);
  expect(states).toEqual(["created", "queued", "started", "stopping", "complete", "error", "stopped"]);
});

test.each(["x' or 1=1) as a) as numbers -- ", "STARTED", "", "constructor", "__proto__", "toString"])(
  "%j is no state and does not become SQL",
  (text) => {
    expect(() => pageOfNumbers({ table: "runs", where: [], states: [text as RunState], direction: "desc" })).toThrow(
      new TypeError(`${JSON.stringify(text)} is not a state of a run`),
    );
  },
);
