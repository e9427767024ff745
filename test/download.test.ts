import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flipByte } from "../src/blobs/fixtures/flip-byte.ts";
import { ProjectRig } from "./rig.ts";

const step = (name: string, command: string): string =>
  `- step: { name: ${name}, image: "", command: ${JSON.stringify(command)} }\n`;

const errorOf = (stderr: string): string => stderr.split("\n")[0] ?? "";

describe("headrace outputs --download", () => {
  test("writes through no link of the repository", async () => {
    await using rig = new ProjectRig({
      "project/valohai.yaml": step(
        "s",
        "mkdir -p /valohai/outputs/sub; echo evil | tee /valohai/outputs/keys /valohai/outputs/sub/keys",
      ),
    });
    const project = join(rig.root, "project");
    const home = join(rig.root, "home");
    mkdirSync(home);
    mkdirSync(join(project, "out"));
    symlinkSync("../home", join(project, "model"));
    symlinkSync("../../home", join(project, "out/sub"));
    symlinkSync("../nowhere", join(project, "dangling"));
    const run = (...args: readonly string[]) => rig.startIn(project, {}, ...args).result;
    expect((await run("run", "s")).code).toBe(0);
    const rows = [
      [["model"], `${project}/model is a link that leads out of the project, to ${home}`],
      [["model/deeper", "--overwrite"], `${project}/model is a link that leads out of the project, to ${home}`],
      [["dangling/x"], `${project}/dangling is a link that leads out of the project, to nowhere`],
      [["out", "--overwrite"], `${project}/out/sub is a link; nothing is written through it`],
    ] as const;
    for (const [args, message] of rows) {
      const { code, stderr } = await run("outputs", "latest", "--download", ...args);
      expect([code, errorOf(stderr)]).toEqual([2, `error: ${message} [HR_PATH_ESCAPES]`]);
    }
    expect(readdirSync(home)).toEqual([]);
    expect(readdirSync(join(project, "out"))).toEqual(["sub"]);
    expect(existsSync(join(rig.root, "nowhere"))).toBe(false);
    // A link of the user's own, outside of the project, is his to use; so is a link within the project.
    symlinkSync("home", join(rig.root, "downloads"));
    symlinkSync("out2", join(project, "latest"));
    mkdirSync(join(project, "out2"));
    expect((await run("outputs", "latest", "--download", "../downloads")).code).toBe(0);
    expect((await run("outputs", "latest", "--download", "latest")).code).toBe(0);
    expect(readFileSync(join(home, "sub/keys"), "utf8")).toBe("evil\n");
    expect(readFileSync(join(project, "out2/keys"), "utf8")).toBe("evil\n");
    // A link in the place of a file is replaced, not followed.
    writeFileSync(join(rig.root, "mine"), "mine");
    mkdirSync(join(project, "out3"));
    symlinkSync("../../mine", join(project, "out3/keys"));
    expect(errorOf((await run("outputs", "latest", "--download", "out3")).stderr)).toContain(
      "out3/keys exists already",
    );
    expect((await run("outputs", "latest", "--download", "out3", "--overwrite")).code).toBe(0);
    expect(readFileSync(join(rig.root, "mine"), "utf8")).toBe("mine");
  });

  test("writes names of 255 bytes, and files with holes as such", async () => {
    const long = "x".repeat(255);
    await using rig = new ProjectRig({
      "valohai.yaml": step("s", `echo long > /valohai/outputs/${long}; truncate -s 50M /valohai/outputs/holes`),
    });
    expect((await rig.headrace("run", "s")).code).toBe(0);
    const { code, stderr } = await rig.headrace("outputs", "latest", "--download", "out");
    expect([code, stderr]).toEqual([0, ""]);
    expect(rig.read(`out/${long}`)).toBe("long\n");
    expect(statSync(join(rig.root, "out/holes")).size).toBe(50 * 1024 * 1024);
    expect(statSync(join(rig.root, "out/holes")).blocks * 512).toBeLessThan(1_000_000);
  });

  test("refuses two outputs that would be one file, and a file that would be a folder, before it writes anything", async () => {
    const pipeline = (second: string): string =>
      step("one", "mkdir -p /valohai/outputs/b; echo 1 > /valohai/outputs/b/x") +
      step("two", second) +
      `- pipeline:
    name: p
    nodes: [{ name: a, step: one, type: execution }, { name: a/b, step: two, type: execution }]
    edges: []
`;
    await using rig = new ProjectRig({ "valohai.yaml": pipeline("echo 2 > /valohai/outputs/x") });
    expect((await rig.headrace("run", "p")).stderr).toBe("");
    const same = await rig.headrace("outputs", "latest", "--download", "out");
    expect([same.code, errorOf(same.stderr)]).toEqual([
      2,
      `error: the outputs b/x of node a and x of node a/b cannot both be written: ${rig.root}/out/a/b/x [HR_FILE_EXISTS]`,
    ]);
    rig.write("valohai.yaml", pipeline("mkdir -p /valohai/outputs/x; echo 2 > /valohai/outputs/x/y"));
    expect((await rig.headrace("run", "p")).stderr).toBe("");
    const below = await rig.headrace("outputs", "latest", "--download", "out");
    expect(errorOf(below.stderr)).toBe(
      `error: the outputs b/x of node a and x/y of node a/b cannot both be written: ${rig.root}/out/a/b/x/y [HR_FILE_EXISTS]`,
    );
    expect(existsSync(join(rig.root, "out"))).toBe(false);
  });

  test("hands out no damaged file, says which, and writes the others", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": step("s", "head -c 300000 /dev/zero > /valohai/outputs/big; echo small > /valohai/outputs/small"),
    });
    expect((await rig.headrace("run", "s")).code).toBe(0);
    const [big = ""] = globSync(join(rig.root, ".headrace/blobs/sha256/*/*")).filter(
      (path) => statSync(path).size === 300_000,
    );
    const sha256 = big.slice(-64);
    await flipByte(big);
    const { code, stderr } = await rig.headrace("outputs", "latest", "--download", "out");
    expect(code).toBe(1);
    expect(stderr.split("\n").slice(0, 2)).toEqual([
      "error: 1 of 2 files could not be written; the others were [HR_BLOB_DAMAGED]",
      expect.stringContaining(`${rig.root}/out/big: the stored file ${sha256} is damaged: its content is `),
    ]);
    expect(readdirSync(join(rig.root, "out"))).toEqual(["small"]);
    // Running it again mends it, whatever its size.
    expect((await rig.headrace("run", "s", "--fresh")).code).toBe(0);
    expect((await rig.headrace("verify")).code).toBe(0);
    expect((await rig.headrace("outputs", "latest", "--download", "out", "--overwrite")).code).toBe(0);
  });
});
