import { describe, expect, test } from "vitest";
import { sha256Of } from "../../blobs/index.ts";
import type { PythonSpec, Step } from "../../config/index.ts";
import { CodeVersions } from "./code-versions.ts";
import { FactsReader } from "./facts.ts";

const STEP: Step = {
  name: "train",
  image: "python:3.12",
  command: [],
  environmentVariables: [],
  environmentVariableGroups: [],
  inputs: [],
  outputs: [],
  parameters: [{ name: "rate", type: "float", optional: false, multiple: "none", multipleSeparator: "," }],
  mounts: [],
  cacheVolumes: [],
};

function readerOf(files: Readonly<Record<string, string>>): FactsReader {
  const entries = Object.entries(files).map(([path, text]) => ({
    path,
    sha256: sha256Of(text),
    size: text.length,
    executable: false,
  }));
  const manifest = JSON.stringify({ format: 1, files: entries });
  const contents = new Map([manifest, ...Object.values(files)].map((text) => [sha256Of(text), Buffer.from(text)]));
  const snapshot = { identifier: "c", manifestSha256: "m", fileCount: 0, sizeBytes: 0, createdAt: 0 };
  return new FactsReader(
    new CodeVersions({
      store: { snapshots: { get: async () => ({ ...snapshot, manifestSha256: sha256Of(manifest) }) } },
      blobs: { readBytes: async (sha256) => contents.get(sha256) ?? Buffer.alloc(0) },
    }),
  );
}

async function factsOf(files: Readonly<Record<string, string>>, python?: PythonSpec) {
  return await readerOf(files).read({
    step: { ...STEP, ...(python === undefined ? {} : { python }) },
    resolved: { command: ["run"], parameters: { rate: 1 }, environmentVariables: { A: "b" } },
    inputs: ["data", "none"],
    files: [
      { input: "data", name: "b.csv", sha256: "2" },
      { input: "data", name: "a.csv", sha256: "1" },
    ],
    commit: "c",
    executor: "docker",
  });
}

test("the facts are those of the record, in the order in which the step finds its files", async () => {
  expect(await factsOf({})).toEqual({
    step: "train",
    command: ["run"],
    image: "python:3.12",
    place: { executor: "docker", platform: `${process.platform}/${process.arch}` },
    inputs: [
      {
        name: "data",
        files: [
          { name: "b.csv", sha256: "2" },
          { name: "a.csv", sha256: "1" },
        ],
      },
      { name: "none", files: [] },
    ],
    parameters: { rate: 1 },
    floatParameters: ["rate"],
    environmentVariables: { A: "b" },
    mounts: [],
  });
});

describe("the Python environment", () => {
  const spec = (own: Partial<PythonSpec>): PythonSpec => ({ packages: [], ...own });

  test("counts its files by content, and those that they include", async () => {
    const files = {
      "env/all.txt": "-r base.txt\n--constraint ../pins.txt\nnumpy==2.2.*  # fast\n",
      "env/base.txt": "scipy>=1\n",
      "pins.txt": "",
    };
    expect((await factsOf(files, spec({ requirements: "env/all.txt", version: "3.12" }))).python).toEqual({
      packages: [],
      version: "3.12",
      files: [
        ["env/all.txt", sha256Of(files["env/all.txt"])],
        ["env/base.txt", sha256Of("scipy>=1\n")],
        ["pins.txt", sha256Of("")],
      ],
    });
  });

  test("files that include each other are each read once", async () => {
    const files = { "a.txt": "-r b.txt\n", "b.txt": "-r a.txt\n" };
    expect((await factsOf(files, spec({ requirements: "a.txt" }))).python?.files.map(([path]) => path)).toEqual([
      "a.txt",
      "b.txt",
    ]);
  });

  test.each([
    ["numpy", false],
    ["numpy==2.2.3 ; python_version < '3.13'", false],
    ["--index-url https://packages.example/simple", false],
    ["tool @ https://example.com/tool-1.0.whl", false],
    ["./lib", true],
    ["-e .", true],
    ["lib/package-1.0.whl", true],
    ["package-1.0.tar.gz", true],
    ["tool @ file:///opt/tool", true],
    ["--find-links wheels/", true],
    ["--find-links=wheels", true],
    ["-f wheels", true],
    ["-e lib", true],
    ["--find-links https://example.com/wheels", false],
    ["-e git+https://example.com/tool.git@0123abc#egg=tool", false],
  ])("%j comes from the repository: %s", async (line, local) => {
    const { python } = await factsOf({ "r.txt": `${line}\n` }, spec({ requirements: "r.txt" }));
    expect(python?.manifestSha256 !== undefined).toBe(local);
  });

  test("a file that is not there leaves everything", async () => {
    expect((await factsOf({}, spec({ requirements: "gone.txt" }))).python).toMatchObject({
      files: [],
      manifestSha256: expect.any(String),
    });
  });
});
