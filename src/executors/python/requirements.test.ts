import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
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

/** Returns what was read, without the places where it stood. */
function texts({ lines, options, constraints, localSources, links }: Requirements) {
  const plain = (list: Requirements["lines"]) => list.map(({ text }) => text);
  return { lines: plain(lines), options: plain(options), constraints: plain(constraints), localSources, links };
}
const NOTHING = { lines: [], options: [], constraints: [], localSources: [], links: [] };

describe("a file of requirements", () => {
  test.each<[string, (path: string) => void, string]>([
    ["that has no end", (path) => symlinkSync("/dev/zero", path), "lies outside the repository"],
    [
      "that nobody writes to",
      (path) => execFileSync("mkfifo", [path]),
      "the requirements file r.txt cannot be read (it is no regular file)",
    ],
    ["of many MiB", (path) => truncateTo(path, 17 * 1024 * 1024), "the requirements file r.txt is larger than 16 MiB"],
    ["that is a folder", (path) => mkdirSync(path), "the requirements file r.txt is a folder"],
  ])("%s is an error", (_, make, message) => {
    make(join(repository, "r.txt"));
    expect(() => readRequirements(repository, { packages: [], requirementsFile: "r.txt" })).toThrow(message);
  });

  test("may be as large as lock files are", () => {
    expect(read({ "r.txt": "a==1 --hash=sha256:1\n".repeat(200_000) }).lines).toHaveLength(200_000);
  });
});

function truncateTo(path: string, sizeBytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, sizeBytes);
}

describe("requirements", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "comments and blank lines",
      "# a\n\na==1  # why\n  b>=2 ; python_version < '3'\r\n",
      ["a==1", "b>=2 ; python_version < '3'"],
    ],
    ["a byte order mark", "\uFEFFa==1", ["a==1"]],
    [
      "continued lines with hashes",
      "a==1 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nb\n",
      ["a==1 --hash=sha256:1 --hash=sha256:2", "b"],
    ],
    ["a file that ends in a backslash", "a==1 \\", ["a==1"]],
    ["a URL with a fragment", "x @ https://e.org/x.zip#sha256=1", ["x @ https://e.org/x.zip#sha256=1"]],
    ["extras", "a[b,c]==1", ["a[b,c]==1"]],
    ["nothing", "", []],
  ])("takes %s", (_, text, lines) => {
    expect(texts(read({ "r.txt": text }))).toEqual({ ...NOTHING, lines });
  });

  test.each<[string, readonly string[]]>([
    [
      "--index-url https://e.org/simple\n--pre\n-i https://e.org",
      ["--index-url https://e.org/simple", "--pre", "--index-url https://e.org"],
    ],
    [
      "-ihttps://e.org/a --extra-index-url=https://e.org/b --no-index",
      ["--index-url https://e.org/a", "--extra-index-url https://e.org/b", "--no-index"],
    ],
    ["-r https://e.org/r.txt", ["--requirement https://e.org/r.txt"]],
    ["--find-links https://e.org/wheels", ["--find-links https://e.org/wheels"]],
    ["--no-binary :all:", ["--no-binary :all:"]],
    ["-f /somewhere/wheels", ["--find-links /somewhere/wheels"]],
  ])("takes the options %j", (text, options) => {
    expect(texts(read({ "r.txt": text }))).toEqual({ ...NOTHING, options });
  });

  test("takes an editable install from elsewhere as a plain one", () => {
    expect(texts(read({ "r.txt": "-e git+https://e.org/x.git#egg=x" })).lines).toEqual([
      "git+https://e.org/x.git#egg=x",
    ]);
  });

  test.each([
    ["utf-16le", Buffer.from("\uFEFFa==1\r\nb\r\n", "utf16le")],
    ["utf-16be", Buffer.from("\uFEFFa==1\r\nb\r\n", "utf16le").swap16()],
    ["latin-1", Buffer.from("# -*- coding: latin-1 -*-\n# M\u00fcller\na==1\nb\n", "latin1")],
  ])("reads %s as pip does", (_, bytes) => {
    writeFileSync(join(repository, "r.txt"), bytes);
    expect(texts(readRequirements(repository, { packages: [], requirementsFile: "r.txt" }))).toEqual({
      ...NOTHING,
      lines: ["a==1", "b"],
    });
  });

  test("knows where each line stands", () => {
    expect(read({ "r.txt": "# why\n-rmore.txt\n\na==1\n", "more.txt": "\nb\n" }, ["c"]).lines).toEqual([
      { text: "b", where: "more.txt:2" },
      { text: "a==1", where: "r.txt:4" },
      { text: "c", where: "python.packages" },
    ]);
  });

  test("takes a conda file's pip part and its Python", () => {
    const text =
      "name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n    - a==1\n    - -r more.txt\n";
    const requirements = read({ "environment.yml": text, "more.txt": "b" });
    expect([texts(requirements), requirements.version]).toEqual([{ ...NOTHING, lines: ["a==1", "b"] }, "3.11"]);
  });

  test("takes pyproject.toml and uv.lock for what they are", () => {
    expect(read({ "pyproject.toml": "[project]" }).project).toEqual({
      kind: "pyproject",
      file: join(repository, "pyproject.toml"),
    });
    expect(read({ "sub/uv.lock": "" }).project).toEqual({ kind: "uv-lock", file: join(repository, "sub/uv.lock") });
  });

  test("resolves includes relative to the file that names them, and keeps constraints apart", () => {
    const files = {
      "r/all.txt": "-rbase.txt\n--requirement=../more.txt\n-climits/c.txt\nlast",
      "r/base.txt": "base",
      "more.txt": "more",
      "r/limits/c.txt": "base<2",
    };
    expect(texts(read(files, ["extra"]))).toEqual({
      ...NOTHING,
      lines: ["base", "more", "last", "extra"],
      constraints: ["base<2"],
    });
  });

  test("names local sources once, however they are written", () => {
    const files = {
      "r.txt": "./pkg\n./pkg[fast] ; python_version > '3'\ndist/x.whl\nname @ file:./pkg\n-f dist",
      "pkg/setup.py": "",
      "dist/x.whl": "",
    };
    expect(texts(read(files))).toEqual({
      lines: ["{local:0}", "{local:0}[fast] ; python_version > '3'", "{local:1}", "name @ {local:0}"],
      options: ["--find-links {links:0}"],
      constraints: [],
      links: [join(repository, "dist")],
      localSources: [join(repository, "pkg"), join(repository, "dist/x.whl")],
    });
  });

  test.each<[string, Readonly<Record<string, string>>, readonly string[], string]>([
    ["a circle", { "a.txt": "-r b.txt", "b.txt": "-r a.txt" }, [], "a.txt includes itself (a.txt → b.txt → a.txt)"],
    ["a missing include", { "a.txt": "x\n-r b.txt" }, [], "the requirements file b.txt is not in the repository"],
    ["a missing local package", { "a.txt": "x\n\n./pkg" }, [], "a.txt:3: ./pkg is not in the repository"],
    [
      "an editable local package",
      { "a.txt": "-e ./pkg" },
      [],
      "a.txt:1: an editable install (-e ./pkg) cannot be shared by steps",
    ],
    ["an option among packages", {}, ["--pre"], '"--pre" in python.packages is not a package'],
    ["an editable folder", { "a.txt": "-e." }, [], "a.txt:1: an editable install (-e.) cannot be shared by steps"],
    ["another format", { "x.toml": "" }, [], "x.toml is not a requirements file"],
    ["Poetry's file", { "poetry.lock": "" }, [], "poetry.lock is a lock file of Poetry"],
    ["Pipenv's file", { Pipfile: "" }, [], "Pipfile is a file of Pipenv"],
    ["setup.py", { "setup.py": "" }, [], "setup.py is a file that builds a package"],
    [
      "conda's packages",
      { "environment.yml": "dependencies: [python>=3.10, numpy=1.26, conda-forge::gdal]" },
      [],
      "environment.yml asks for packages of conda, which Headrace does not install: numpy, gdal",
    ],
    [
      "a file that is no conda file",
      { "x.yml": "a: 1" },
      [],
      "x.yml is not a conda file: it has no list `dependencies`",
    ],
    ["a folder of links that is not there", { "a.txt": "-f wheels" }, [], "a.txt:1: wheels is not in the repository"],
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
  expect(readRequirements(repository, { packages: [], requirementsFile: "requirements.txt" }).lines).toEqual([
    { text: "a==1", where: "requirements.txt:1" },
  ]);
  expect(statSync(path).atime).toEqual(longAgo);
});
