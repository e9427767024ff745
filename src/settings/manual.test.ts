import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { INSTALLED_KINDS } from "../executors/kinds.ts";
import { kindTable, withKindSettings } from "./manual.ts";

test("docs/environments.md shows the settings of every kind as they are checked (scripts/settings-docs.ts renews it)", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/environments.md"), "utf8");
  expect(page).toContain(kindTable(INSTALLED_KINDS.forms).join("\n"));
  expect(withKindSettings(page, INSTALLED_KINDS.forms)).toBe(page);
});

test("a line says what a setting takes, what it means, and what holds unless it is set", () => {
  expect(kindTable(INSTALLED_KINDS.forms)).toEqual(
    expect.arrayContaining([
      "| `local.network` | `host`, `none` | `none`: steps reach no network, not even this machine's. `host` unless set. |",
      "| `slurm.work-folder` | text | A folder that this machine and all nodes see at the same path. Required. |",
    ]),
  );
});
