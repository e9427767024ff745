import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ProjectResources } from "./project-resources.ts";

test("records and stored files that could not be opened are tried again by the next service", async () => {
  const root = mkdtempSync(join(tmpdir(), "headrace-resources-"));
  using _removal = { [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
  const location = { root, configFile: join(root, "valohai.yaml"), stateFolder: join(root, ".headrace") };
  await using project = ProjectResources.ofFolder(location, { env: {}, sandbox: "off" });
  mkdirSync(location.stateFolder);
  const [database, blobs] = [join(location.stateFolder, "headrace.db"), join(location.stateFolder, "blobs")];
  for (const path of [database, blobs]) writeFileSync(path, "neither a database nor a folder ".repeat(100));
  await expect(project.reader()).rejects.toThrow();
  await expect(project.writer()).rejects.toThrow();
  await expect(project.blobs()).rejects.toThrow();
  for (const path of [database, blobs]) rmSync(path);
  expect((await (await project.writer()).lists.runs({ limit: 1 })).items).toEqual([]);
  expect((await (await project.reader()).lists.runs({ limit: 1 })).items).toEqual([]);
  const { sha256 } = await (await project.blobs()).putBytes(Buffer.from("x"));
  expect(await (await project.blobs()).has(sha256)).toBe(true);
});
