import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { slotQueueFolder } from "./machine-folders.ts";
import { ProjectResources } from "./project-resources.ts";

test("the line for the machine stands in the user's cache folder, or with the project where that cannot be used", () => {
  const root = mkdtempSync(join(tmpdir(), "headrace-line-"));
  using _removal = { [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
  const location = { root, configFile: join(root, "valohai.yaml"), stateFolder: join(root, ".headrace") };
  const lineWith = (cache: string): string =>
    slotQueueFolder(ProjectResources.ofFolder(location, { env: { XDG_CACHE_HOME: cache }, sandbox: "auto" }));
  const shared = lineWith(join(root, "cache"));
  expect(shared.startsWith(join(root, "cache/headrace/line/"))).toBe(true);
  expect(statSync(shared).mode & 0o777).toBe(0o700);
  writeFileSync(join(root, "file"), "");
  expect(lineWith(join(root, "file")).startsWith(join(root, ".headrace/cache/line/"))).toBe(true);
});
