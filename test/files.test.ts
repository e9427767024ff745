import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flipByte } from "../src/blobs/fixtures/flip-byte.ts";
import { ProjectRig } from "./rig.ts";

const FILES = {
  "valohai.yaml": `
- step:
    name: make
    image: x
    environment: local
    command: ["cp -r given/. /valohai/outputs", "mv /valohai/outputs/7 /valohai/outputs/seven || true"]
- step:
    name: use
    image: x
    environment: local
    command: cat /valohai/inputs/table/*
    inputs:
      - name: table
- pipeline:
    name: both
    nodes:
      - {name: make, step: make, type: execution}
      - {name: use, step: use, type: execution}
    edges:
      - [make.output.a.csv, use.input.table]
`,
  "given/a.csv": "a,b\n1,2\n",
  "given/plots/b.csv": "b\n",
};

describe("short names of stored files", () => {
  test("cat, info, open and inputs take them", async () => {
    await using project = new ProjectRig({ ...FILES, "given/bytes.bin": "\u0000\u0001" });
    await project.json(0, "run", "both");
    const out = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await project.headrace(...args);
      return code === 0 ? stdout : stderr;
    };

    expect(await out("cat", "1.make/a.csv")).toBe("a,b\n1,2\n");
    expect(await out("cat", "latest/*.csv")).toBe("a,b\n1,2\nb\n");
    expect(await out("cat", "2/plots/b.csv", "2/bytes.bin")).toBe("b\n\u0000\u0001");
    expect(await out("cat", "1.use/a.csv")).toBe(
      "error: 1.use made no file a.csv [HR_NOT_FOUND]\nhint: 1.use has no outputs\n",
    );
    expect(await out("cat", "1/c.csv")).toContain("hint: its files are a.csv, bytes.bin, plots/b.csv\n");
    expect(await out("cat", "nothing")).toContain("error: `nothing` names no stored file [HR_USAGE]");

    const info = await project.json<{ readonly files: readonly { readonly uri: string }[] }>(0, "info", "1.make/a.csv");
    expect(info).toMatchObject({ kind: "files", files: [{ name: "a.csv", execution: 2, node: "make", sizeBytes: 8 }] });
    const uri = info.files[0]?.uri ?? "";
    expect(await out("cat", uri)).toBe("a,b\n1,2\n");
    expect(await out("info", uri)).toMatch(/^File {2}2\/a\.csv\n\n {2}size {5}8 B \(8 bytes\)\n/);
    expect(await out("info", "1.use")).toMatch(/table +a\.csv +8 B +\w{12} +2\/a\.csv \(make\)/);
    expect(await out("outputs", "1")).toMatch(/^NODE +FILE +SIZE +SHA-256 +URI\nmake +2\/a\.csv/);

    await project.json(0, "run", "use", "--input", "table=1.make/a.csv", "--input", "table=1.make/plots/*");
    expect(await out("logs", "latest", "--stream", "stdout")).toBe("a,b\n1,2\nb\n");
    expect(await out("run", "use", "--input", "table=1.make/nothing")).toContain(
      "error: 1.make made no file nothing [HR_NOT_FOUND]",
    );

    const opened = await project.json<{ readonly files: readonly { readonly path: string }[] }>(0, "open", "2/a.csv");
    const path = opened.files[0]?.path ?? "";
    expect([
      readFileSync(path, "utf8"),
      statSync(path).mode & 0o777,
      statSync(join(path, "../..")).mode & 0o777,
    ]).toEqual([...["a,b\n1,2\n", 0o400, 0o700]]);
  });

  test("a path of the project that has the same form comes first", async () => {
    await using project = new ProjectRig({ ...FILES, "1/a.csv": "from the folder\n" });
    await project.json(0, "run", "make");
    await project.json(0, "run", "use", "--input", "table=1/a.csv");
    expect((await project.headrace("logs", "latest", "--stream", "stdout")).stdout).toBe("from the folder\n");
  });

  test("damaged bytes end with an error", async () => {
    await using project = new ProjectRig(FILES);
    await project.json(0, "run", "make");
    const { files } = await project.json<{ readonly files: readonly { readonly sha256: string }[] }>(
      0,
      "info",
      "1/a.csv",
    );
    const [blob = ""] = globSync(join(project.root, `.headrace/blobs/sha256/*/${files[0]?.sha256 ?? ""}`));
    await flipByte(blob);
    const { code, stderr } = await project.headrace("cat", "1/a.csv");
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining("HR_BLOB_DAMAGED")]);
  });
});
