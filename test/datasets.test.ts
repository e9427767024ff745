import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type {
  AliasMoveView,
  AliasView,
  DatasetVersionView,
  DatasetView,
  ErrorView,
  FileDetailView,
  GarbageView,
  RunDetailView,
  VersionDiffView,
  VersionFileView,
} from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: make
    image: none
    environment: local
    command:
      - mkdir -p "$VH_OUTPUTS_DIR/months"
      - echo {parameter-value:month} > "$VH_OUTPUTS_DIR/months/{parameter-value:month}.csv"
      - echo best of {parameter-value:month} > "$VH_OUTPUTS_DIR/best.txt"
      - |
        echo '{"valohai.alias": "best", "valohai.dataset-versions": ["dataset://picked/only"]}' > "$VH_OUTPUTS_DIR/best.txt.metadata.json"
    parameters:
      - {name: month, type: string, default: jan}
    outputs:
      - {name: "months/*.csv", dataset: months}
- step:
    name: use
    image: none
    environment: local
    command: (cd "$VH_INPUTS_DIR" && find . -type f | sort && cat best/best.txt)
    inputs:
      - {name: months, default: "dataset://months/latest", keep-directories: suffix}
      - {name: best, default: "datum://best"}
`;

describe("datasets and aliases, in a folder", () => {
  test("are made by runs, and are inputs as they stood when the run was made", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    await rig.json<RunDetailView>(0, "run", "make");
    const [version] = await rig.json<readonly DatasetVersionView[]>(0, "dataset", "info", "months");
    expect(version).toMatchObject({ uri: "dataset://months/v1", files: 1, execution: 2, from: null, note: "" });
    const use = await rig.json<RunDetailView>(0, "run", "use");
    const said = async (number: number) =>
      (await rig.headrace("logs", `${number}.use`, "--raw", "--stream", "stdout")).stdout;
    expect(await said(use.number)).toBe("./best/best.txt\n./months/months/jan.csv\nbest of jan\n");
    // The aliases move on, and the earlier run is what it was.
    const second = await rig.json<RunDetailView>(0, "run", "make", "--param", "month=feb");
    expect(second.nodes[0]?.execution?.warnings).toEqual([
      "no version of the dataset picked was made of the outputs: the version picked/only exists already, with other files: versions never change",
    ]);
    expect((await rig.json<RunDetailView>(0, "run", "make", "--param", "month=feb")).nodes[0]?.reused).toBe(true);
    const again = await rig.json<RunDetailView>(0, "run", "use");
    expect(await said(again.number)).toBe("./best/best.txt\n./months/months/feb.csv\nbest of feb\n");
    expect(again.nodes[0]?.reused).toBe(false);
    expect((await rig.json<RunDetailView>(0, "run", "use")).nodes[0]?.reused).toBe(true);
    // A look at an earlier run moves nothing.
    expect((await rig.headrace("reproduce", "1")).code).toBe(0);
    expect(await rig.json<readonly DatasetView[]>(0, "dataset", "ls")).toMatchObject([
      { name: "months", versions: 2, latest: { version: "v2" } },
      { name: "picked", versions: 1 },
    ]);
    const moves = await rig.json<readonly AliasMoveView[]>(0, "alias", "history", "best");
    expect(moves.map(({ move, execution }) => [move, execution])).toEqual([
      [2, second.nodes[0]?.execution?.number],
      [1, 2],
    ]);
    expect(await rig.json<readonly AliasView[]>(0, "alias", "rollback", "best")).toMatchObject([{ moves: 3 }]);
    expect((await rig.headrace("cat", "datum://best")).stdout).toBe("best of jan\n");
    // Runs whose files versions and aliases have stay, and it is said by what.
    const garbage = await rig.json<GarbageView>(0, "gc", "--older-than", "1s", "--yes");
    expect(garbage.heldRuns).toMatchObject([
      { run: second.number, by: "months/v2", holders: 1 },
      { run: 1, by: "months/v1", holders: 3 },
    ]);
    expect((await rig.headrace("rm", "1")).stderr).toContain(
      "run 1 is kept: months/v1 and 2 more has a file that it made",
    );
    const [file] = await rig.json<readonly FileDetailView[]>(0, "data", "info", "datum://best");
    expect(file?.holders.map(({ uri }) => uri)).toEqual(["datum://best", "dataset://picked/only"]);
    const kept = await rig.headrace("data", "rm", "datum://best");
    expect([kept.code === 0, kept.stderr]).toEqual([
      false,
      expect.stringContaining("nothing was removed, since others need it: best.txt: the alias best"),
    ]);
    await rig.json(0, "data", "purge", "datum://best");
    expect((await rig.headrace("run", "use")).stderr).toMatch(/"best.txt" was purged at /);
  });

  test("are made of files, and of other versions plus and minus files", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "raw/a.csv": "a\n", "raw/b.csv": "b\n" });
    const versions = (...args: readonly string[]) =>
      rig.json<readonly DatasetVersionView[]>(0, "dataset", "create", "raw", ...args);
    await versions("raw/a.csv", "raw/b.csv", "--alias", "good", "--note", "by hand");
    writeFileSync(join(rig.root, "c.csv"), "c\n");
    writeFileSync(join(rig.root, "a.csv"), "another\n");
    const [second] = await versions(
      ...["c.csv", "a.csv", "--from", "good", "--exclude", "b.csv", "--version-name", "second"],
    );
    expect(second).toMatchObject({ version: "second", number: 2, from: "raw/v1", files: 2 });
    const files = await rig.json<readonly VersionFileView[]>(0, "dataset", "files", "raw/latest");
    expect(files.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ["a.csv", 8],
      ["c.csv", 2],
    ]);
    const diff = await rig.json<VersionDiffView>(0, "dataset", "diff", "good", "raw/second");
    expect(diff).toMatchObject({ before: "raw/v1", after: "raw/second", added: 1, removed: 1, changed: 1, next: null });
    expect(diff.items.map(({ name, change }) => `${name} ${change}`)).toEqual([
      "a.csv changed",
      "b.csv removed",
      "c.csv added",
    ]);
    expect((await rig.headrace("dataset", "diff", "good", "raw/second")).stdout).toContain(
      "raw/v1 → raw/second: 1 added, 1 removed, 1 changed",
    );
    await rig.json(0, "alias", "set", "raw/good", "second", "-m", "looked at");
    expect((await rig.headrace("alias", "ls", "raw")).stdout).toMatch(/raw\/good +second +dataset:\/\/raw\/second/);
    await rig.json(0, "dataset", "rm", "raw/v1");
    const refusals: readonly (readonly [args: readonly string[], message: string])[] = [
      [["dataset", "rm", "raw/second"], "raw/second is kept: good stands for it"],
      [["dataset", "rm", "raw/v1"], expect.stringMatching(/^the version raw\/v1 was deleted at /)],
      [
        ["dataset", "create", "raw", "c.csv", "--version-name", "v1"],
        "the version raw/v1 existed, and was deleted: versions never change",
      ],
      [
        ["dataset", "create", "raw", "c.csv", "--from", "v9"],
        'the dataset raw has neither a version nor an alias "v9"',
      ],
      [
        ["dataset", "create", "raw", "--from", "good", "--exclude", "b.csv"],
        '"b.csv" cannot be left out: raw/second has no such file',
      ],
      [["dataset", "create", "raw", "a.csv", "raw/a.csv"], 'two files would be called "a.csv" in the version'],
      [
        ["dataset", "create", "../x", "c.csv"],
        expect.stringMatching(/^the name "..\/x" of a dataset may have letters, /),
      ],
      [["dataset", "info", "none"], 'there is no dataset "none"'],
      [["alias", "set", "a b", "datum://best"], expect.stringMatching(/^the name "a b" of an alias may have /)],
      [["alias", "rollback", "none"], 'there is no alias "none"'],
      [["alias", "rollback", "raw/good", "--to", "7"], "the alias raw/good has no move 7"],
      [["alias", "set", "raw/latest", "second"], "latest stands for the newest version of raw by itself"],
    ];
    for (const [args, message] of refusals) {
      const { code, stdout } = await rig.headrace(...args, "--json");
      const { error } = JSON.parse(stdout) as ErrorView;
      expect([code === 0, error.message], args.join(" ")).toEqual([false, message]);
      expect(error.hint, args.join(" ")).not.toBeNull();
    }
  });
});
