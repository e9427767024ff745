import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodeManifest } from "../snapshots/index.ts";
import { indexManifest, traceHolds } from "./code-trace.ts";
import { openStepRig, type StepRig, type Tree } from "./fixtures/step-rig.ts";

let rig: StepRig;
let project = "";
let commit = "";
beforeAll(async () => {
  rig = await openStepRig();
  project = join(rig.folder, "project");
});
afterAll(() => rig[Symbol.asyncDispose]());
beforeEach(async () => {
  commit = await rig.commit({
    ".gitignore": "data\nsrc/pkg/generated.py\n",
    "README.md": "read me\n",
    "step.py": "import pkg.used\n",
    "src/pkg/__init__.py": "",
    "src/pkg/used.py": "X = 1\n",
    "src/pkg/generated.py": null,
    data: null,
    "link.py": { link: "src/pkg/used.py" },
  });
  // A file as young as the step may have had other content when the step read it.
  await sleep(30);
});

const OTHER = (path: string): string =>
  `unknown: it looks at ${path} in the project's own folder, which is not part of the version that it ran`;

/** As `pip install -e .` has it: the project's own folder is on Python's path. */
async function observe(code = "import pkg.used", edit: Tree = {}): Promise<string> {
  const withCode = await rig.commit({ "step.py": `${code}\n` });
  await sleep(30);
  const { observed, output, status } = await rig.run(withCode, ["python step.py"], {
    environment: { PYTHONPATH: `${project}/src`, P: project },
  });
  if (status !== 0) return output;
  if (observed.kind !== "trace") return `${observed.kind}: ${observed.why}`;
  const verdict = traceHolds(observed.trace, indexManifest(decodeManifest(await rig.index(await rig.commit(edit)))));
  return verdict.holds ? "holds" : verdict.differences.map(({ path, what }) => `${what} ${path}`).join(", ");
}

describe("what a step reads in the project's own folder", () => {
  it.each<[string, string, Tree, string]>([
    ["a module", "import pkg.used", { "src/pkg/used.py": "X = 2\n" }, "changed src/pkg/used.py"],
    ["a module that it does not use", "import pkg", { "src/pkg/used.py": "X = 2\n" }, "holds"],
    ["nothing of it", "import pkg.used", { "README.md": "other\n" }, "holds"],
    [
      "a module that is not there",
      "try: import extra\nexcept ImportError: pass",
      { "src/extra.py": "" },
      "appeared src/extra.py",
    ],
    [
      "a file by its path",
      "import os; open(os.environ['P'] + '/README.md').read()",
      { "README.md": "other\n" },
      "changed README.md",
    ],
    ["a file that is not there", "import os; os.path.exists(os.environ['P'] + '/flag')", { flag: "" }, "appeared flag"],
    [
      "a link",
      "import os; open(os.environ['P'] + '/link.py').read()",
      { "src/pkg/used.py": "2" },
      "changed src/pkg/used.py",
    ],
    ["a listing", "import os; os.listdir(os.environ['P'] + '/src')", { "src/new.py": "" }, "listing src"],
    [
      "what is installed",
      "import importlib.metadata as m\nlist(m.distributions())",
      { "README.md": "other\n" },
      "holds",
    ],
  ])("counts like the same in its repository: %s", async (_, code, edit, expected) => {
    expect(await observe(code, edit)).toBe(expected);
  });

  it("is unknown where it is another version", async () => {
    writeFileSync(join(project, "src/pkg/used.py"), "X = 9\n");
    const { observed } = await rig.run(commit, ["python step.py"], { environment: { PYTHONPATH: `${project}/src` } });
    expect(observed).toEqual({ kind: "unknown", why: OTHER("src/pkg/used.py").slice("unknown: ".length) });
  });

  it("is unknown where it changed in the meantime, also to and fro", async () => {
    const touch = (): void => utimesSync(join(project, "src/pkg/used.py"), 0, 0);
    const environment = { PYTHONPATH: `${project}/src` };
    const { observed } = await rig.run(commit, ["python step.py"], { environment, before: touch });
    expect(observed).toMatchObject({ kind: "unknown" });
  });

  it.each<[string, string, Tree, string]>([
    ["an ignored file", "import os; open(os.environ['P'] + '/data/x.csv').read()", { "data/x.csv": "1" }, "data/x.csv"],
    ["an ignored module", "import pkg.generated", { "src/pkg/generated.py": "" }, "src/pkg/generated"],
    ["a listing with more", "import os; os.listdir(os.environ['P'])", { "data/x.csv": "1" }, "the names"],
  ])("is unknown where no version has it: %s", async (_, code, ignored, path) => {
    await rig.commit(ignored);
    expect(await observe(code)).toBe(OTHER(path));
  });
});
