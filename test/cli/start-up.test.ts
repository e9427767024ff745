import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { isOnPostgres, ProjectRig } from "../rig.ts";

const sources = join(import.meta.dirname, "../../src");
/**
 * Writes down every module that the process loads. The sources load as the bundle does: what one imports at once comes
 * along.
 */
const WATCH = `
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
process.on("exit", () => writeFileSync("loaded.json", JSON.stringify(loaded)));
`;

// A quick command is slow as soon as it comes by a door behind which stands what only others need.
test.skipIf(isOnPostgres).each([
  ["--version", ["cli"]],
  ["lint", ["cli", "concurrency", "config", "expressions", "services", "views"]],
  ["ls", ["cli", "concurrency", "services", "store", "views"]],
  ["info latest", ["cli", "concurrency", "services", "store", "views"]],
  ["outputs latest", ["cli", "concurrency", "services", "store", "views"]],
])("headrace %s loads no room but those that it needs", async (command, rooms) => {
  await using rig = new ProjectRig({
    "valohai.yaml": '- step: {name: a, image: none, command: "true"}\n',
    "watch.mjs": WATCH,
  });
  expect((await rig.headrace("run", "a", "--sandbox", "off")).code).toBe(0);
  const watched = ["--import", "./watch.mjs", join(sources, "cli/main.ts"), ...command.split(" ")];
  expect(spawnSync(process.execPath, watched, { cwd: rig.root, encoding: "utf8" })).toMatchObject({ status: 0 });
  const loaded = JSON.parse(rig.read("loaded.json")) as readonly string[];
  const files = loaded.map((url) => url.split(`${pathToFileURL(sources).href}/`)[1]?.split("/") ?? []);
  expect(
    [...new Set(files.flatMap(([room, ...path]) => (path.length > 0 && room !== undefined ? [room] : [])))].toSorted(),
  ).toEqual(rooms);
});
