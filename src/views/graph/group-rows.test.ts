import { expect, test } from "vitest";
import { groupRows, groupState } from "./group-rows.ts";

const GROUPS = [
  { name: "eu", pipeline: "region", parent: null },
  { name: "eu.clean", pipeline: "cleaning", parent: "eu" },
];
const NODES = [
  { name: "load", group: null },
  { name: "eu.clean.a", group: "eu.clean" },
  { name: "report", group: null },
  { name: "eu.train", group: "eu" },
  { name: "stray", group: "gone" },
];

function rows(isClosed: (names: readonly string[]) => boolean): readonly string[] {
  return groupRows(NODES, GROUPS, (members) => isClosed(members.map(({ name }) => name))).map((row) =>
    row.kind === "node"
      ? `${"  ".repeat(row.depth)}${row.node.name}`
      : `${"  ".repeat(row.depth)}[${row.group.name} ${row.members.length}]`,
  );
}

test("a group stands where its first node does, with its nodes below it", () => {
  expect(rows(() => false)).toEqual([
    ...["load", "[eu 2]", "  [eu.clean 1]", "    eu.clean.a", "  eu.train", "report", "stray"],
  ]);
});

test("a closed group stands for its nodes", () => {
  expect(rows(() => true)).toEqual(["load", "[eu 2]", "report", "stray"]);
  expect(rows((names) => !names.includes("eu.train"))).toEqual([
    ...["load", "[eu 2]", "  [eu.clean 1]", "  eu.train", "report", "stray"],
  ]);
});

test("the state of a group is that which somebody has to know of", () => {
  expect(groupState(["complete", "complete", "error"])).toEqual({
    state: "error",
    counts: [
      ["complete", 2],
      ["error", 1],
    ],
  });
  expect(groupState(["waiting", "reused", "reused"]).state).toBe("reused");
  expect(groupState([]).state).toBe("waiting");
});
