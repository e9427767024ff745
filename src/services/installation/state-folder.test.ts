import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareStateFolder } from "./state-folder.ts";

test.each(["that is new", "that came along, open to all"])("a state folder %s is its owner's alone", async (which) => {
  const root = mkdtempSync(join(tmpdir(), "headrace-state-"));
  const location = { root, configFile: join(root, "valohai.yaml"), stateFolder: join(root, ".headrace") };
  if (which.startsWith("that came")) {
    mkdirSync(location.stateFolder);
    chmodSync(location.stateFolder, 0o777);
  }
  await prepareStateFolder(location);
  expect(statSync(location.stateFolder).mode & 0o777).toBe(0o700);
  rmSync(root, { recursive: true });
});
