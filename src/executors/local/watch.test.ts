import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWatchRig, type WatchRig } from "./fixtures/watch-rig.ts";

// Tests that what code-tracing/ tests without a sandbox is true in the views that steps get.

let rig: WatchRig;
let commit = "";
beforeAll(async () => {
  rig = await openWatchRig();
  commit = await rig.commit({
    "step.py":
      "import lib.used, os, sys\nos.path.exists('flag')\nprint(os.environ.get('PYTHONPATH'), [p for p in sys.path if 'trace' in p])\n",
    "lib/used.py": "X = 1\n",
    "README.md": "read me\n",
  });
});
afterAll(() => rig[Symbol.asyncDispose]());

describe.each(["bubblewrap", "unshare", "off"] as const)("a step is watched (%s)", (sandbox) => {
  test("and what it read and looked for is known", async () => {
    const { observed, stderr } = await rig.run(commit, { sandbox, command: ["python step.py"] });
    expect(stderr).toBe("");
    expect(observed.kind === "opaque" ? observed.why : observed.kind).toBe("trace");
    if (observed.kind !== "trace") return;
    expect(Object.keys(observed.trace.files)).toEqual(["lib/used.py", "step.py"]);
    expect(observed.trace.absent).toContain("flag");
    expect(observed.trace.modules["."]).toMatchObject({ lib: ["lib/"] });
    expect(observed.trace.listings).toEqual({});
  });

  test("without a difference to what it sees of Python's path", async () => {
    const { stdout } = await rig.run(commit, {
      sandbox,
      command: ["python step.py"],
      environment: { PYTHONPATH: "/opt/own" },
    });
    expect(stdout).toMatch(
      sandbox === "off"
        ? /\/cache\/python-trace\/[0-9a-f]{16}:\/opt\/own \[\]\n$/
        : /^\/\.headrace\/python:\/opt\/own \[\]\n$/,
    );
  });

  test("or it is said why not", async () => {
    const { observed } = await rig.run(commit, {
      sandbox,
      command: ["python step.py", "cat README.md"],
      tracer: "off",
    });
    expect(observed).toMatchObject({
      kind: "opaque",
      why: "only Python programs can be watched without strace in a sandbox, and this is more: cat README.md",
    });
    expect(observed.kind === "opaque" && Object.keys(observed.read?.files ?? {})).toEqual([
      "README.md",
      "lib/used.py",
      "step.py",
    ]);
  });
});
