import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRig, type Rig } from "../fixtures/rig.ts";
import { READ, YOUNG } from "./table.ts";
import { countWaitingWorktrees, removeWaitingWorktrees, type WorktreePlace, WorktreePool } from "./worktree-pool.ts";

let rig: Rig;
let places = 0;
beforeEach(async () => {
  rig = await openRig();
  places = 0;
});
afterEach(() => rig[Symbol.asyncDispose]());

const poolFolder = (): string => join(rig.folder, "worktrees");
const openPool = (options: Partial<ConstructorParameters<typeof WorktreePool>[0]> = {}): WorktreePool =>
  new WorktreePool({ folder: poolFolder(), store: rig.store, blobs: rig.blobs, fewestItems: 0, ...options });

function newPlace(): WorktreePlace {
  places += 1;
  const folder = join(rig.folder, "executions", String(places));
  mkdirSync(folder, { recursive: true });
  return { repository: join(folder, "repository"), keep: join(folder, "keep") };
}

/** Back into the pool, or away. */
async function giveUp(pool: WorktreePool, place: WorktreePlace): Promise<void> {
  if (!(await pool.giveBack(place))) await pool.release(place);
}

/** Everything in a folder: kind, mode, content. */
function treeOf(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries([".", ...paths].map((path) => [path, looksOf(join(folder, path))]));
}

function looksOf(path: string): string {
  const stats = lstatSync(path);
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  return stats.isDirectory() ? `${mode} folder` : `${mode} ${stats.nlink} ${readFileSync(path, "utf8")}`;
}

const FILES = {
  "train.py": "print(1)\n",
  "README.md": "read me\n",
  "bin/run": { executable: "#!/bin/sh\n" },
  "lib/a.py": "a",
  "lib/b.py": "b",
  "lib/deep/c.py": "c",
  "lib/link": { link: "deep" },
};

async function capture(files: Parameters<Rig["write"]>[0] = FILES): Promise<string> {
  rig.write(files);
  return (await rig.capture()).record.identifier;
}

/** A checkout that was used, and one after it of the same version. */
async function useTwice(
  harm: (repository: string) => void,
  pool = openPool(),
): Promise<{ readonly before: unknown; readonly after: unknown; readonly place: WorktreePlace }> {
  const commit = await capture();
  const first = newPlace();
  await pool.provide(commit, first);
  const before = treeOf(first.repository);
  harm(first.repository);
  expect(await pool.giveBack(first)).toBe(true);
  const place = newPlace();
  await pool.provide(commit, place);
  return { before, after: treeOf(place.repository), place };
}

const HARMS: Readonly<Record<string, (repository: string) => void>> = {
  "nothing at all": () => undefined,
  reading: (root) => void readFileSync(join(root, "lib/a.py")),
  "a changed file": (root) => writeFileSync(join(root, "train.py"), "changed"),
  "a file changed to the same size": (root) => writeFileSync(join(root, "train.py"), "print(2)\n"),
  "a file changed to the same size and time": (root) => {
    const path = join(root, "train.py");
    const { atimeMs, mtimeMs } = lstatSync(path);
    writeFileSync(path, "print(2)\n");
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  },
  "an emptied file": (root) => truncateSync(join(root, "train.py")),
  "a removed file": (root) => unlinkSync(join(root, "lib/a.py")),
  "a removed folder": (root) => rmSync(join(root, "lib"), { recursive: true }),
  "everything removed": (root) => {
    for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
  },
  "a file in the place of a folder": (root) => {
    rmSync(join(root, "lib"), { recursive: true });
    writeFileSync(join(root, "lib"), "file");
  },
  "a folder in the place of a file": (root) => {
    unlinkSync(join(root, "train.py"));
    mkdirSync(join(root, "train.py/deep"), { recursive: true });
  },
  "an added file": (root) => writeFileSync(join(root, "lib/deep/secret"), "secret"),
  "an added folder": (root) => {
    mkdirSync(join(root, "out/deep"), { recursive: true });
    writeFileSync(join(root, "out/deep/secret"), "secret");
  },
  "an added file below a closed folder": (root) => {
    mkdirSync(join(root, "closed"));
    writeFileSync(join(root, "closed/secret"), "secret");
    chmodSync(join(root, "closed"), 0);
  },
  "closed folders": (root) => {
    for (const path of ["lib/deep", "lib", "."]) chmodSync(join(root, path), 0o500);
  },
  modes: (root) => {
    chmodSync(join(root, "train.py"), 0o777);
    chmodSync(join(root, "bin/run"), 0o644);
    chmodSync(join(root, "lib"), 0o777);
  },
  "a link in the place of a file": (root) => {
    unlinkSync(join(root, "train.py"));
    symlinkSync("README.md", join(root, "train.py"));
  },
  "a link that leads elsewhere": (root) => {
    unlinkSync(join(root, "lib/link"));
    symlinkSync("/etc", join(root, "lib/link"));
  },
  "files exchanged by renaming": (root) => {
    renameSync(join(root, "lib/a.py"), join(root, "x"));
    renameSync(join(root, "lib/b.py"), join(root, "lib/a.py"));
    renameSync(join(root, "x"), join(root, "lib/b.py"));
  },
  "folders exchanged by renaming": (root) => {
    renameSync(join(root, "lib"), join(root, "x"));
    renameSync(join(root, "bin"), join(root, "lib"));
    renameSync(join(root, "x"), join(root, "bin"));
  },
  "a hard link within": (root) => linkSync(join(root, "train.py"), join(root, "lib/again.py")),
};

describe("a checkout that a step has used", () => {
  it.each(Object.keys(HARMS))("is as new for the next step after %s", async (name) => {
    const { before, after } = await useTwice((root) => HARMS[name]?.(root));
    expect(after).toEqual(before);
  });

  it("is used again, not written again", async () => {
    const inodes: unknown[] = [];
    const note = (root: string): void => void inodes.push(lstatSync(join(root, "lib/b.py")).ino);
    const { place } = await useTwice((root) => {
      note(root);
      writeFileSync(join(root, "lib/a.py"), "changed");
      writeFileSync(join(root, "lib/added"), "added");
    });
    note(place.repository);
    expect(inodes[1]).toBe(inodes[0]);
    expect(readdirSync(poolFolder())).toEqual([]);
  });

  it("is not used again where somebody may still have it open", async () => {
    const pool = openPool();
    const place = newPlace();
    await pool.provide(await capture(), place);
    pool.distrust(place);
    expect(await pool.giveBack(place)).toBe(false);
    expect(await pool.release(place)).toBe(true);
    expect(listOf(poolFolder())).toEqual([]);
  });

  it("leaves what a step had linked to be the step's alone", async () => {
    const outside = join(rig.folder, "outside.py");
    const { place } = await useTwice((root) => linkSync(join(root, "train.py"), outside));
    writeFileSync(outside, "changed behind our back");
    expect(looksOf(join(place.repository, "train.py"))).toBe("644 1 print(1)\n");
  });

  it("is never put in order through a link that leads out of it", async () => {
    const outside = join(rig.folder, "outside");
    mkdirSync(join(outside, "deep"), { recursive: true });
    writeFileSync(join(outside, "a.py"), "theirs");
    writeFileSync(join(outside, "deep/c.py"), "theirs");
    const { before, after } = await useTwice((root) => {
      rmSync(join(root, "lib"), { recursive: true });
      symlinkSync(outside, join(root, "lib"));
    });
    expect(after).toEqual(before);
    expect(treeOf(outside)).toEqual({
      ".": "755 folder",
      "a.py": "644 1 theirs",
      deep: "755 folder",
      "deep/c.py": "644 1 theirs",
    });
  });

  it.each(["gone", "cut off", "of another version", "not ours"])(
    "is written anew when its table is %s",
    async (what) => {
      const pool = openPool();
      const commit = await capture();
      const first = newPlace();
      await pool.provide(commit, first);
      writeFileSync(join(first.repository, "secret"), "secret");
      await giveUp(pool, first);
      const table = join(poolFolder(), readdirSync(poolFolder())[0] ?? "", "table");
      if (what === "gone") unlinkSync(table);
      else if (what === "cut off") truncateSync(table, lstatSync(table).size - 40);
      else if (what === "not ours") writeFileSync(table, "hello\n");
      else writeFileSync(table, readFileSync(table, "latin1").replace('"format":1', '"format":2'), "latin1");
      const second = newPlace();
      await pool.provide(commit, second);
      expect(existsSync(join(second.repository, "secret"))).toBe(false);
      expect(readFileSync(join(second.repository, "train.py"), "utf8")).toBe("print(1)\n");
    },
  );

  it("becomes another version by what differs", async () => {
    const pool = openPool();
    const old = await capture();
    for (const name of ["lib", "bin"]) rmSync(join(rig.root, name), { recursive: true });
    const recent = await capture({
      "train.py": "print(2)\n",
      lib: "now a file",
      "bin/run/deep/er": "x",
      "README.md": "read me\n",
      "new/link": { link: "../lib" },
    });
    const fresh = newPlace();
    await openPool({ folder: join(rig.folder, "other") }).provide(recent, fresh);
    const first = newPlace();
    await pool.provide(old, first);
    const { ino } = lstatSync(join(first.repository, "README.md"));
    await giveUp(pool, first);
    const second = newPlace();
    await pool.provide(recent, second);
    expect(treeOf(second.repository)).toEqual(treeOf(fresh.repository));
    expect(lstatSync(join(second.repository, "README.md")).ino).toBe(ino);
  });

  it("becomes any other version after any harm", async () => {
    const name = fc.constantFrom("a", "b", "c d", "é", "😀");
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
    const files = fc.dictionary(path, fc.constantFrom("", "x", "y", "longer"), {
      maxKeys: 6,
      minKeys: 1,
      noNullPrototype: true,
    });
    const harm = fc.array(fc.record({ path, content: fc.option(fc.constantFrom("x", "y", "z")) }), { maxLength: 4 });
    const pool = openPool();
    const previous: WorktreePlace[] = [];
    await fc.assert(
      fc.asyncProperty(files, harm, async (tree, harms) => {
        rmSync(rig.root, { recursive: true });
        mkdirSync(rig.root);
        for (const [path_, content] of Object.entries(tree)) tryTo(() => rig.write({ [path_]: content }));
        const { record } = await rig.capture();
        for (const used of previous.splice(0)) await giveUp(pool, used);
        const place = newPlace();
        previous.push(place);
        await pool.provide(record.identifier, place);
        // The table is true: nothing looks read, or touched, before a step was there.
        expect([...((await pool.inspect(place))?.flags ?? [])].filter((flags) => (flags & ~YOUNG) !== 0)).toEqual([]);
        expect(treeOf(place.repository)).toEqual(treeOf(rig.root));
        for (const { path: path_, content } of harms) {
          tryTo(() =>
            content === null
              ? rmSync(join(place.repository, path_), { recursive: true })
              : writeFileSync(join(place.repository, path_), content),
          );
        }
      }),
      { numRuns: 40 },
    );
  });
});

function tryTo(act: () => void): void {
  try {
    act();
  } catch {
    // A path that is a folder already, or lies below a file.
  }
}

describe("the pool", () => {
  it("gives one checkout to one step at a time", async () => {
    const commit = await capture();
    const pool = openPool();
    const other = openPool();
    const first = newPlace();
    await pool.provide(commit, first);
    await giveUp(pool, first);
    const both = [newPlace(), newPlace()];
    await Promise.all(both.map((place, index) => (index === 0 ? pool : other).provide(commit, place)));
    const inodes = new Set(both.map(({ repository }) => lstatSync(join(repository, "train.py")).ino));
    expect(inodes.size).toBe(2);
  });

  it("prefers a checkout of the same version", async () => {
    const pool = openPool();
    const commits = [await capture(), await capture({ "train.py": "other" })];
    const used = commits.map(() => newPlace());
    for (const [index, commit] of commits.entries()) await pool.provide(commit, used[index] ?? newPlace());
    const inodes = used.map(({ repository }) => lstatSync(join(repository, "train.py")).ino);
    for (const place of used) await giveUp(pool, place);
    for (const index of [1, 0]) {
      const place = newPlace();
      await pool.provide(commits[index] ?? "", place);
      expect(lstatSync(join(place.repository, "train.py")).ino).toBe(inodes[index]);
    }
  });

  it("keeps no more than it may, and nothing small", async () => {
    const commit = await capture();
    for (const [options, waiting] of [
      [{ mostWaiting: 1 }, 1],
      [{ mostBytes: 10 }, 0],
      [{ fewestItems: 100 }, 0],
    ] as const) {
      const pool = openPool({ ...options, folder: join(rig.folder, JSON.stringify(options)) });
      const used = [newPlace(), newPlace()];
      for (const place of used) await pool.provide(commit, place);
      for (const place of used) await giveUp(pool, place);
      expect(listOf(join(rig.folder, JSON.stringify(options)))).toHaveLength(waiting);
      for (const { repository, keep } of used)
        expect([existsSync(repository), existsSync(keep)]).toEqual([false, false]);
    }
  });

  it("goes on from an interrupted call", async () => {
    const commit = await capture();
    const place = newPlace();
    mkdirSync(join(place.keep, "tree"), { recursive: true });
    writeFileSync(join(place.keep, "tree/half"), "");
    await openPool().provide(commit, place);
    expect(readdirSync(place.repository).sort()).toEqual(["README.md", "bin", "lib", "train.py"]);
  });

  it("leaves nothing behind when a file is missing from the store", async () => {
    rig.write(FILES);
    const { record } = await rig.capture();
    const gone = (await rig.entries(record.identifier)).find(({ path }) => path === "train.py");
    await rig.blobs.delete(gone !== undefined && "sha256" in gone ? gone.sha256 : "");
    const place = newPlace();
    await expect(openPool().provide(record.identifier, place)).rejects.toMatchObject({ code: "HR_BLOB_MISSING" });
    expect([existsSync(place.repository), existsSync(place.keep)]).toEqual([false, false]);
  });

  it("says which version is not stored", async () => {
    await expect(openPool().provide("~none", newPlace())).rejects.toThrow(
      "no version of the code named ~none is stored",
    );
  });

  it("is emptied, by age or at once", async () => {
    const pool = openPool();
    const place = newPlace();
    await pool.provide(await capture(), place);
    await giveUp(pool, place);
    mkdirSync(join(poolFolder(), "removing-0123456789abcdef/tree"), { recursive: true });
    expect(await removeWaitingWorktrees(poolFolder(), 60_000)).toEqual({ count: 0, sizeBytes: 0 });
    expect(readdirSync(poolFolder())).toHaveLength(1);
    expect([countWaitingWorktrees(poolFolder(), 60_000), countWaitingWorktrees(poolFolder(), 0)]).toEqual([
      { count: 0, sizeBytes: 0 },
      { count: 1, sizeBytes: 1024 },
    ]);
    expect(await removeWaitingWorktrees(poolFolder())).toEqual({ count: 1, sizeBytes: 1024 });
    expect(readdirSync(poolFolder())).toEqual([]);
    expect(await removeWaitingWorktrees(join(rig.folder, "never"))).toEqual({ count: 0, sizeBytes: 0 });
  });
});

function listOf(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe("what a step did", () => {
  it("is seen in the access times, at the first use and later", async () => {
    const pool = openPool();
    const commit = await capture();
    for (const read of ["lib/a.py", "train.py"]) {
      const place = newPlace();
      await pool.provide(commit, place);
      readFileSync(join(place.repository, read));
      readdirSync(join(place.repository, "bin"));
      const inspected = await pool.inspect(place);
      const paths = [
        ...(inspected?.layout.folders ?? []),
        ...(inspected?.layout.entries.map(({ path }) => path) ?? []),
      ];
      const seen = paths.filter((_, item) => ((inspected?.flags[item] ?? 0) & READ) !== 0);
      expect(seen).toEqual(["bin", read]);
      await giveUp(pool, place);
    }
  });

  it("is not known without a table", async () => {
    expect(await openPool().inspect(newPlace())).toBeUndefined();
  });
});
