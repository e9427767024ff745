import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { traceHolds } from "../../code-tracing/index.ts";
import { openWatchRig, PYTHON, type Tree, type WatchRig } from "./fixtures/watch-rig.ts";

let rig: WatchRig;
beforeAll(async () => {
  rig = await openWatchRig();
});
afterAll(() => rig[Symbol.asyncDispose]());
beforeEach(() => clear());

const FILES: Tree = {
  ".gitignore": "data\n.venv\ngenerated.py\n",
  "README.md": "old\n",
  "src/pkg/__init__.py": "X = 'old'\n",
  "src/pkg/used.py": "",
  "src/pkg/inner/__init__.py": "Y = 'old'\n",
  "conf/a.yaml": "old\n",
  latest: { link: "README.md" },
};

function clear(): void {
  for (const name of [...Object.keys(FILES), "data", ".venv", "src", "conf"])
    rmSync(join(rig.root, name), { recursive: true, force: true });
}

function put(path: string, text: string): void {
  mkdirSync(join(rig.root, path, ".."), { recursive: true });
  writeFileSync(join(rig.root, path), text);
}

/** A virtual environment in the project, with an editable install of it. */
function editableInstall(leadsTo: string): string {
  const environment = join(rig.root, ".venv");
  execFileSync(PYTHON, ["-m", "venv", "--without-pip", environment]);
  const site = execFileSync(join(environment, "bin/python"), ["-c", "import site; print(site.getsitepackages()[0])"], {
    encoding: "utf8",
  });
  writeFileSync(join(site.trim(), "__editable__.pkg-1.pth"), `${leadsTo}\n`);
  return `${environment}/bin:/usr/bin:/bin`;
}

describe.each(["bubblewrap", "unshare"] as const)(
  "in %s, a step that is led to the project's own folder",
  (sandbox) => {
    /** Runs a commit after the folder has changed, and says what the step printed and what is known of it. */
    const run = async (commit: string, command: string, environment: Readonly<Record<string, string>> = {}) => {
      const { stdout, stderr, observed, status } = await rig.run(commit, { sandbox, command: [command], environment });
      return { printed: status === 0 ? stdout.trim() : stderr, observed };
    };

    it("sees its version by an absolute path, whatever stands there now", async () => {
      const commit = await rig.commit(FILES);
      rmSync(join(rig.root, "conf"), { recursive: true });
      put("README.md", "new\n");
      put("src/pkg/__init__.py", "X = 'new'\n");
      const { root } = rig;
      const { printed, observed } = await run(
        commit,
        `cat ${root}/README.md ${root}/latest ${root}/conf/a.yaml ${root}/src/pkg/__init__.py; ls ${root}/.headrace`,
      );
      expect(printed).toBe("old\nold\nold\nX = 'old'");
      expect(observed.kind).toBe("trace");
      if (observed.kind !== "trace") return;
      const version = await rig.index(commit);
      expect(traceHolds(observed.trace, version)).toEqual({ holds: true });
      const edited = await rig.index(await rig.commit({ ...FILES, "conf/a.yaml": "other\n" }));
      expect(traceHolds(observed.trace, edited)).toMatchObject({
        holds: false,
        differences: [{ path: "conf/a.yaml", what: "changed" }],
      });
    });

    it.each(["src", ""])("imports its version where an editable install in the project leads to %j", async (folder) => {
      const commit = await rig.commit(FILES);
      const PATH = editableInstall(join(rig.root, folder));
      put("src/pkg/__init__.py", "X = 'new'\n");
      renameSync(join(rig.root, "src/pkg/used.py"), join(rig.root, "src/pkg/unused.py"));
      const name = folder === "" ? "src.pkg" : "pkg";
      const { printed, observed } = await run(
        commit,
        `python -c "import ${name} as p, ${name}.used, ${name}.inner as i; print(p.X, i.Y)"`,
        {
          PATH,
        },
      );
      expect(printed).toBe("old old");
      expect(observed.kind).toBe("trace");
    });

    it("imports its version by PYTHONPATH, and what git ignores beside it", async () => {
      put("src/pkg/generated.py", "Z = 'ignored'\n");
      const commit = await rig.commit(FILES);
      put("src/pkg/__init__.py", "X = 'new'\n");
      const environment = { PYTHONPATH: join(rig.root, "src") };
      const plain = await run(commit, 'python -c "import pkg; print(pkg.X)"', environment);
      expect(plain).toMatchObject({ printed: "old", observed: { kind: "trace" } });
      const both = await run(commit, 'python -c "import pkg, pkg.generated as g; print(pkg.X, g.Z)"', environment);
      const why =
        "it looks at src/pkg/generated.py in the project's own folder, which is not part of the version that it ran";
      expect(both).toEqual({ printed: "old ignored", observed: { kind: "unknown", why } });
    });

    it("reads data that git ignores, of which it is not known what they are the next time", async () => {
      put("data/deep/x.csv", "1\n");
      const commit = await rig.commit(FILES);
      put("README.md", "new\n");
      const { printed, observed } = await run(commit, `cd ${rig.root}/src && cat ../README.md ../data/deep/x.csv`);
      expect(printed).toBe("old\n1");
      expect(observed).toMatchObject({ kind: "unknown", why: expect.stringContaining("it looks at data") });
    });

    it("sees the folder as it is where that would take too many mounts", async () => {
      const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`conf/${index}/a.yaml`, "old\n"]));
      const commit = await rig.commit({ ...FILES, ...many });
      put("conf/3/generated.py", "");
      put("conf/generated.py", "");
      put("conf/3/a.yaml", "new\n");
      put("README.md", "new\n");
      const { printed, observed } = await run(commit, `cat ${rig.root}/README.md ${rig.root}/conf/3/a.yaml`);
      expect(printed).toBe("old\nnew");
      expect(observed).toMatchObject({ kind: "unknown", why: expect.stringContaining("it looks at conf/3/a.yaml") });
    });
  },
);
