import { expect, test } from "vitest";
import { sandboxOf } from "./home-policy.ts";

test("a server refuses steps without a sandbox, unless off is named", () => {
  expect((["auto", "required", "bubblewrap", "unshare", "off"] as const).map(sandboxOf)).toEqual([
    ...["required", "required", "bubblewrap", "unshare", "off"],
  ]);
});
