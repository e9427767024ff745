import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTracer } from "./call-tracer.ts";
import { openWatchRig, type WatchRig } from "./fixtures/watch-rig.ts";

let rig: WatchRig;
let commit = "";
beforeAll(async () => {
  rig = await openWatchRig();
  commit = await rig.commit({ "a.txt": "a\n" });
});
afterAll(() => rig[Symbol.asyncDispose]());

const why = (path: string): string =>
  `it reads ${path} in the cache folder that steps share, where another step may have left it`;

async function known(command: string, tracer?: "off"): Promise<string> {
  const { observed, status, stderr } = await rig.run(commit, {
    sandbox: "bubblewrap",
    command: [command],
    ...(tracer && { tracer }),
  });
  if (status !== 0) return stderr;
  return observed.kind === "trace" ? "trace" : observed.why;
}

describe.runIf(findTracer(undefined) !== undefined)(
  "with a tracer, of a step that reads in the caches that steps keep",
  () => {
    it.each([
      ["what an earlier step left", "cat ~/.cache/mine/value", why("mine/value")],
      ["a file to which it adds", "echo 2 >> ~/.cache/mine/value", why("mine/value")],
      ["by way of a link", "ln -s ~/.cache/mine /tmp/m; cat /tmp/m/value", why("mine/value")],
      ["what it made itself", "echo 3 > ~/.cache/own; cat ~/.cache/own", "trace"],
      [
        "what it brought there",
        "mkdir -p /tmp/d; echo 3 > ~/.cache/x.part; mv ~/.cache/x.part ~/.cache/x; cat ~/.cache/x",
        "trace",
      ],
      ["nothing of it", "cat a.txt; ls ~/.cache/mine; cat ~/.cache/gone || true", "trace"],
      ["downloads of a known program", "mkdir -p ~/.cache/pip; touch ~/.cache/pip/a", "trace"],
      ["and reads them", "cat ~/.cache/pip/a", "trace"],
    ])("it is known: %s", async (_, command, expected) => {
      await known("mkdir -p ~/.cache/mine; echo 1 > ~/.cache/mine/value");
      expect(await known(command)).toBe(expected);
    });
  },
);

describe("without a tracer, of a Python step that reads in the caches that steps keep", () => {
  const python = (code: string): string => `python -c "import os; os.chdir(os.path.expanduser('~/.cache')); ${code}"`;
  it.each([
    ["what an earlier step left", "open('mine/value').read()", why("mine/value")],
    ["a file to which it adds", "open(os.getcwd() + '/mine/value', 'a').write('2')", why("mine/value")],
    ["what it made itself", "open('own', 'w').write('3'); open('own').read()", "trace"],
    ["what it brought there", "open('x.part', 'w').write('3'); os.replace('x.part', 'x'); open('x').read()", "trace"],
    [
      "downloads of a known program",
      "os.makedirs('uv', exist_ok=True); open('uv/a', 'a'); open('uv/a').read()",
      "trace",
    ],
  ])("it is known: %s", async (_, code, expected) => {
    await known(python("os.makedirs('mine', exist_ok=True); open('mine/value', 'w').write('1')"), "off");
    expect(await known(python(code), "off")).toBe(expected);
  });
});
