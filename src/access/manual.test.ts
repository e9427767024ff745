import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PROJECT_ACTIONS, SERVER_ACTIONS } from "./roles.ts";

test("docs/access.md lists every action with who may do it", () => {
  const rows = [...readFileSync("docs/access.md", "utf8").matchAll(/^\| `([a-z.]+)` \| ([a-z ]+) \|$/gm)].map(
    ([, action, who]) => [action, who],
  );
  const onServer = { user: "every user", admin: "administrators" } as const;
  expect(rows).toEqual([
    ...Object.entries(PROJECT_ACTIONS),
    ...Object.entries(SERVER_ACTIONS).map(([action, who]) => [action, onServer[who]]),
  ]);
});
