import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Requirements, readRequirements } from "./requirements.ts";

let repository: string;
beforeEach(() => {
  repository = realpathSync(mkdtempSync(join(tmpdir(), "headrace-requirements-")));
});
afterEach(() => rmSync(repository, { recursive: true, force: true }));

function read(files: Readonly<Record<string, string>>, packages: readonly string[] = []): Requirements {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, name)), { recursive: true });
    writeFileSync(join(repository, name), text);
  }
  const requirementsFile = Object.keys(files)[0];
  return readRequirements(repository, { packages, ...(requirementsFile === undefined ? {} : { requirementsFile }) });
}

describe("requirements", () => {
  test.each<[string, string, readonly string[]]>([
    ["comments and blank lines", "# a\n\na==1  # why\n  b>=2 ; python_version < '3'\r\n", ["a==1", "b>=2 ; python_version < '3'"]],
    ["a byte order mark", "\uFEFFa==1", ["a==1"]],
    [
      "continued lines with hashes",
      "a==1 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nb\n",
      ["a==1 --hash=sha256:1 --hash=sha256:2", "b"],
    ],
    ["a file that ends in a backslash", "a==1 \\", ["a==1"]],
    ["a URL with a fragment", "x @ https://e.org/x.zip#sha256=1", ["x @ https://e.org/x.zip#sha256=1"]],
    ["extras", "a[b,c]==1", ["a[b,c]==1"]],
    [
      "options of the index",
      "--index-url https://e.org/simple\n--pre\n-i https://e.org",
      ["--index-url https://e.org/simple", "--pre", "-i https://e.org"],
    ],
    ["an editable install from elsewhere", "-e git+https://e.org/x.git#egg=x", ["-e git+https://e.org/x.git#egg=x"]],
    ["an include from elsewhere", "-r https://e.org/r.txt", ["-r https://e.org/r.txt"]],
    ["nothing", "", []],
  ])("takes %s", (_, text, lines) => {
    expect(read({ "r.txt": text })).toEqual({ lines, constraints: [], localSources: [] });
  });

  test("resolves includes relative to the file that names them, and keeps constraints apart", () => {
    const files = {
      "r/all.txt": "-r base.txt\n--requirement=../more.txt\n-c limits/c.txt\nlast",
      "r/base.txt": "base",
      "more.txt": "more",
      "r/limits/c.txt": "base<2",
    };
    expect(read(files, ["extra"])).toEqual({ lines: ["base", "more", "last", "extra"], constraints: ["base<2"], localSources: [] });
  });

  test("names local sources once, however they are written", () => {
    const files = {
      "r.txt": "./pkg\n./pkg[fast] ; python_version > '3'\ndist/x.whl\nname @ file:./pkg\n-f dist",
      "pkg/setup.py": "",
      "dist/x.whl": "",
    };
    expect(read(files)).toEqual({
      lines: ["{local:0}", "{local:0}[fast] ; python_version > '3'", "{local:1}", "name @ {local:0}", "--find-links {repository}/dist"],
      constraints: [],
      localSources: [join(repository, "pkg"), join(repository, "dist/x.whl")],
    });
  });

  test.each<[string, Readonly<Record<string, string>>, readonly string[], string]>([
    ["a circle", { "a.txt": "-r b.txt", "b.txt": "-r a.txt" }, [], "a.txt includes itself (a.txt → b.txt → a.txt)"],
    ["a missing include", { "a.txt": "x\n-r b.txt" }, [], "the requirements file b.txt is not in the repository"],
    ["a missing local package", { "a.txt": "x\n\n./pkg" }, [], "a.txt:3: ./pkg is not in the repository"],
    ["an editable local package", { "a.txt": "-e ./pkg" }, [], "a.txt:1: an editable install (-e ./pkg) cannot be shared by steps"],
    ["an option among packages", {}, ["--pre"], '"--pre" in python.packages is not a package'],
    ["another format", { "uv.lock": "" }, [], "uv.lock is not a requirements file"],
    ["a folder", { "a.txt": "-r sub", "sub/x": "" }, [], "the requirements file sub is a folder"],
  ])("refuses %s", (_, files, packages, message) => {
    expect(() => read(files, packages)).toThrow(expect.objectContaining({ code: "HR_PYTHON_ENVIRONMENT", message }));
  });

  test.each<[string, Readonly<Record<string, string>>, readonly string[], string]>([
    ["an include", { "a.txt": "-r ../../other.txt" }, [], "a.txt:1: ../../other.txt lies outside the repository"],
    ["a package", {}, ["../pkg"], "python.packages: ../pkg lies outside the repository"],
    ["an absolute path", {}, ["/etc/hosts"], "python.packages: /etc/hosts lies outside the repository"],
    ["a link", { "a.txt": "-r link.txt" }, [], "a.txt:1: link.txt lies outside the repository"],
  ])("keeps inside the repository: %s", (_, files, packages, message) => {
    symlinkSync("/etc/hosts", join(repository, "link.txt"));
    expect(() => read(files, packages)).toThrow(expect.objectContaining({ code: "HR_PATH_ESCAPES", message }));
  });
});

test("a requirements file is read without a trace: its access time is the step's", () => {
  const path = join(repository, "requirements.txt");
  writeFileSync(path, "a==1\n");
  const longAgo = new Date("2000-01-01");
  utimesSync(path, longAgo, new Date());
  expect(readRequirements(repository, { packages: [], requirementsFile: "requirements.txt" }).lines).toEqual(["a==1"]);
  expect(statSync(path).atime).toEqual(longAgo);
});
