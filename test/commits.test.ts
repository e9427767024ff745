import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

interface Run {
  readonly number: number;
  readonly commit: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly state: string;
    readonly reused: boolean;
    readonly execution: { readonly number: number; readonly commit: string; readonly metadata: object } | null;
  }[];
}

const config = (greeting: string): string => `
- step:
    name: greet
    image: x
    command: sh greet.sh ${greeting}
- step:
    name: ${greeting}
    image: x
    command: "true"
- pipeline:
    name: both
    nodes:
      - {name: now, type: execution, step: greet}
      - {name: before, type: execution, step: greet, commit: old}
    edges: []
`;
const script = (word: string): string => `echo "{\\"word\\": \\"${word}\\", \\"greeting\\": \\"$1\\"}"\n`;

let rig: ProjectRig;
let old: string;
let recent: string;

const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
    cwd: rig.root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

const commitAll = (message: string): string => {
  git("add", "--all");
  git("commit", "--quiet", `--message=${message}`);
  return git("rev-parse", "HEAD");
};

beforeEach(() => {
  rig = new ProjectRig({ "valohai.yaml": config("hello"), "greet.sh": script("old") });
  git("init", "--quiet", "--initial-branch=main");
  old = commitAll("first");
  git("tag", "old");
  rig.write("greet.sh", script("new"));
  rig.write("valohai.yaml", config("hi"));
  recent = commitAll("second");
});

const metadataOf = (run: Run, node: string): unknown =>
  run.nodes.find(({ name }) => name === node)?.execution?.metadata;

describe("run --commit", () => {
  test.each(["old", "HEAD~1", "sha"])(
    "runs the code and configuration of %s, and leaves the work tree alone",
    async (ref) => {
      rig.write("greet.sh", script("unsaved"));
      rig.write("valohai.yaml", "- not: a configuration\n");
      const run = await rig.json<Run>(0, "run", "greet", "--commit", ref === "sha" ? old.slice(0, 10) : ref);
      expect(run.commit).toBe(old);
      expect(metadataOf(run, "greet")).toEqual({ word: "old", greeting: "hello" });
      expect(rig.read("greet.sh")).toBe(script("unsaved"));
      expect(git("status", "--porcelain", "--untracked-files=no")).toBe("M greet.sh\n M valohai.yaml");
    },
  );

  test("finds the steps that the commit has, and those alone", async () => {
    await rig.json(0, "run", "hello", "--commit", "old", "--dry-run");
    const refused = await rig.headrace("run", "hi", "--commit", "old");
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no step or pipeline named "hi"'),
    });
  });

  test("reuses what the same code made before, whether it was checked out or not", async () => {
    git("checkout", "--quiet", "old");
    const first = await rig.json<Run>(0, "run", "greet");
    git("checkout", "--quiet", "main");
    const second = await rig.json<Run>(0, "run", "greet", "--commit", "old");
    expect(first.commit).toBe(old);
    expect(second.nodes[0]).toMatchObject({ reused: true, execution: { number: first.nodes[0]?.execution?.number } });
    const dry = await rig.json<{ readonly nodes: readonly object[] }>(
      0,
      "run",
      "greet",
      "--commit",
      "old",
      "--dry-run",
    );
    expect(dry.nodes).toMatchObject([{ prediction: { outcome: "reuse" } }]);
  });

  test("runs a version that no commit names, and one that git has forgotten", async () => {
    rig.write("greet.sh", script("unsaved"));
    const first = await rig.json<Run>(0, "run", "greet");
    expect(first.commit).toMatch(/^~/);
    git("checkout", "--quiet", "--force", "main");
    const again = await rig.json<Run>(0, "run", "greet", "--commit", first.commit, "--fresh");
    expect(metadataOf(again, "greet")).toEqual({ word: "unsaved", greeting: "hi" });
    await rig.json<Run>(0, "run", "greet", "--commit", "old");
    rmSync(join(rig.root, ".git"), { recursive: true });
    const forgotten = await rig.json<Run>(0, "run", "greet", "--commit", old, "--fresh");
    expect(metadataOf(forgotten, "greet")).toMatchObject({ word: "old" });
  });

  test.each([
    [["--commit", "no-such"], 2, "HR_NOT_FOUND"],
    [["--commit", "empty"], 2, "HR_CONFIG_NOT_FOUND"],
    [["--commit", "broken"], 2, "HR_CONFIG_INVALID"],
  ])("refuses %j, and records nothing", async (args, code, error) => {
    git("checkout", "--quiet", "--orphan", "empty");
    git("rm", "--quiet", "--cached", "valohai.yaml");
    git("commit", "--quiet", "--message=empty");
    git("checkout", "--quiet", "--force", "-b", "broken", "main");
    rig.write("valohai.yaml", "- step: {name: a}\n");
    commitAll("broken");
    const refused = await rig.headrace("run", "greet", ...args, "--json");
    expect(refused.code).toBe(code);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: error } });
    expect(existsSync(join(rig.root, ".headrace/headrace.db"))).toBe(false);
  });

  test("takes what a step got in an earlier run, with the code of the commit", async () => {
    const first = await rig.json<Run>(0, "run", "greet");
    const run = await rig.json<Run>(0, "run", "greet", "--from", String(first.number), "--commit", "old");
    expect(run.commit).toBe(old);
    expect(metadataOf(run, "greet")).toMatchObject({ word: "old" });
  });
});

describe("a node that names a commit", () => {
  test("takes its step and its code from there, and the others from the run's", async () => {
    const run = await rig.json<Run>(0, "run", "both");
    expect(run.commit).toBe(recent);
    expect(metadataOf(run, "now")).toEqual({ word: "new", greeting: "hi" });
    expect(metadataOf(run, "before")).toEqual({ word: "old", greeting: "hello" });
    const commits = Object.fromEntries(run.nodes.map(({ name, execution }) => [name, execution?.commit]));
    expect(commits).toEqual({ now: recent, before: old });
    const shown = await rig.headrace("info", String(run.number));
    expect(shown.stdout).toMatch(new RegExp(`before .*code ${old.slice(0, 12)}`));
    expect(shown.stdout).not.toMatch(/now .*code/);
  });

  test("is reused while its commit is the same, and runs when the name moves", async () => {
    await rig.json<Run>(0, "run", "both");
    rig.write("greet.sh", script("newest"));
    commitAll("third");
    const second = await rig.json<Run>(0, "run", "both");
    expect(second.nodes.map(({ name, reused }) => [name, reused])).toEqual([
      ["now", false],
      ["before", true],
    ]);
    git("checkout", "--quiet", "-b", "side");
    rig.write("greet.sh", script("side"));
    commitAll("on a branch");
    git("tag", "--force", "old");
    git("checkout", "--quiet", "main");
    const third = await rig.json<Run>(0, "run", "both");
    expect(metadataOf(third, "before")).toEqual({ word: "side", greeting: "hi" });
    const why = await rig.headrace("why", `${third.number}.before`);
    expect(why.stdout).toContain("greet.sh");
  });

  test("is shown beforehand", async () => {
    const dry = await rig.json<{ readonly nodes: readonly object[] }>(0, "run", "both", "--dry-run");
    expect(dry.nodes).toMatchObject([
      { name: "now", commit: null, command: ["sh greet.sh hi"] },
      { name: "before", commit: old, command: ["sh greet.sh hello"] },
    ]);
    expect((await rig.headrace("run", "both", "--dry-run")).stdout).toContain(`code     ${old.slice(0, 12)}`);
  });

  test("is reproduced with it, as part of the run and alone", async () => {
    const run = await rig.json<Run>(0, "run", "both");
    git("tag", "--force", "old", "main");
    rig.write("greet.sh", "exit 1\n");
    const whole = await rig.json<{ readonly equal: boolean; readonly run: number }>(0, "reproduce", String(run.number));
    expect(whole.equal).toBe(true);
    const again = await rig.json<{ readonly run: Run }>(0, "info", String(whole.run));
    expect(again.run.nodes.map(({ execution }) => execution?.commit)).toEqual([recent, old]);
    const alone = await rig.json<{ readonly equal: boolean; readonly run: number }>(
      0,
      "reproduce",
      `${run.number}.before`,
    );
    expect(alone.equal).toBe(true);
    expect((await rig.json<{ readonly run: Run }>(0, "info", String(alone.run))).run.commit).toBe(old);
  });

  test("keeps its code as long as the run is kept", async () => {
    const run = await rig.json<Run>(0, "run", "both");
    await rig.json(0, "gc", "--older-than", "1s", "--keep-last", "5");
    const folder = join(rig.root, "out");
    await rig.json(0, "checkout", `${run.number}.before`, folder);
    expect(readFileSync(join(folder, "greet.sh"), "utf8")).toBe(script("old"));
    await rig.json(0, "verify", String(run.number));
  });

  test.each([
    ["no-such", "HR_PLAN_INVALID", "node before: the repository has no commit no-such"],
    ["library:valohai/x", "HR_NOT_SUPPORTED", "node before: steps of a library (library:valohai/x) are not supported"],
  ])("that is not there is refused: %s", async (commit, code, message) => {
    rig.write("valohai.yaml", config("hi").replace("commit: old", `commit: "${commit}"`));
    const refused = await rig.headrace("run", "both", "--json");
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code, message: expect.stringContaining(message) } });
  });

  test("whose step is not in that commit is refused", async () => {
    rig.write("valohai.yaml", config("hi").replace("step: greet, commit", "step: hi, commit"));
    const refused = await rig.headrace("run", "both", "--json");
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: { code: "HR_PLAN_INVALID", message: 'node before: there is no step named "hi" in commit old' },
    });
  });
});

describe("lint --commit", () => {
  test("checks what the commit has, with the files that it has", async () => {
    rig.write("greet.sh", "");
    git("rm", "--quiet", "--force", "greet.sh");
    commitAll("without the script");
    rig.write("greet.sh", script("untracked"));
    const found = await rig.json<{ readonly files: readonly object[] }>(0, "lint", "--commit", "main");
    expect(found.files).toMatchObject([
      {
        file: "main:valohai.yaml",
        warnings: expect.arrayContaining([
          expect.objectContaining({ code: "missing-file", message: expect.stringContaining("greet.sh") }),
        ]),
      },
    ]);
    const before = await rig.json<{ readonly files: readonly { readonly warnings: readonly object[] }[] }>(
      0,
      ...["lint", "--commit", "old"],
    );
    expect(before.files[0]?.warnings).not.toContainEqual(expect.objectContaining({ code: "missing-file" }));
  });

  test("takes no files beside it", async () => {
    expect(await rig.headrace("lint", "--commit", "old", "valohai.yaml")).toMatchObject({ code: 2 });
  });
});
