import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LocalSurroundings } from "./surroundings.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headrace-surroundings-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function file(path: string, text: string, executable = false): void {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  if (executable) chmodSync(full, 0o755);
}

function seen(base: Readonly<Record<string, string>>, command: string, python?: { readonly version?: string }) {
  const surroundings = new LocalSurroundings({ PATH: join(root, "bin"), TZ: "UTC", ...base }, join(root, "home"));
  return surroundings.of({ command: [command], variables: {}, image: "x", python });
}

describe("variables", () => {
  test.each([
    "TZ",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_NUMERIC",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_TF32_OVERRIDE",
    "HIP_VISIBLE_DEVICES",
    "LD_LIBRARY_PATH",
  ])("%s counts", (name) => {
    expect(seen({ [name]: "one" }, "true")).toMatchObject({ [`variable ${name}`]: "one" });
  });

  test.each([
    "HOME",
    "USER",
    "SHELL",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "https_proxy",
    "HTTPS_PROXY",
    "SSL_CERT_FILE",
    "PIP_INDEX_URL",
    "UV_INDEX",
    "SECRET",
    "NVIDIA_API_KEY",
  ])("%s does not, and its value is nowhere", (name) => {
    expect(JSON.stringify(seen({ [name]: "secret-of-mine" }, "true"))).not.toContain("secret-of-mine");
  });

  test("the language that Headrace sets counts as if it were set, and the step's own stands before the user's", () => {
    expect(seen({}, "true")["variable LANG"]).toBe("C.UTF-8");
    const surroundings = new LocalSurroundings({ TZ: "Asia/Tokyo" }, root);
    const facts = surroundings.of({ command: ["true"], variables: { TZ: "UTC" }, image: "x" });
    expect(facts["variable TZ"]).toBe("UTC");
  });

  test("where TZ is not set, the machine's zone counts", () => {
    const facts = new LocalSurroundings({}, root).of({ command: ["true"], variables: {}, image: "x" });
    expect(facts).toHaveProperty("time zone");
  });
});

describe("programs", () => {
  test("are those that words of the command lead to", () => {
    file("bin/fit", "#!/bin/sh\n", true);
    file("bin/plain", "no program");
    const facts = seen({}, "fit --plain plain other");
    expect(facts["program fit"]).toMatch(new RegExp(`^${join(root, "bin/fit")} \\(10 bytes of `));
    expect(Object.keys(facts).filter((name) => /plain|other/.test(name))).toEqual([]);
  });

  test("another file under the same name is another program", () => {
    file("bin/fit", "one", true);
    const before = seen({}, "fit");
    utimesSync(join(root, "bin/fit"), 1, 1);
    expect(seen({}, "fit")).not.toEqual(before);
  });

  test("a folder on PATH that has none of them changes nothing", () => {
    file("bin/fit", "one", true);
    file("more/else", "one", true);
    expect(seen({ PATH: `${join(root, "more")}:${join(root, "bin")}` }, "fit")).toEqual(seen({}, "fit"));
  });

  test("scripts may start interpreters that their line does not name; a line of Python counts as Python alone", () => {
    file("bin/python3", "python", true);
    file("bin/node", "node", true);
    expect(Object.keys(seen({}, "sh run.sh"))).toEqual(expect.arrayContaining(["program python3", "program node"]));
    expect(Object.keys(seen({}, "python3 train.py"))).not.toContain("program node");
  });
});

describe("packages of a Python", () => {
  beforeEach(() => {
    file("usr/bin/python3.11", "python", true);
    file("venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n");
    mkdirSync(join(root, "venv/bin"));
    symlinkSync(join(root, "usr/bin/python3.11"), join(root, "venv/bin/python3"));
    file("venv/lib/python3.11/site-packages/numpy-1.0.dist-info/METADATA", "");
    file("usr/lib/python3.11/site-packages/attrs-1.0.dist-info/METADATA", "");
  });
  const packages = (): string | undefined =>
    seen({ PATH: join(root, "venv/bin") }, "python3 x.py")["packages of python3"];

  test("are those of its virtual environment", () => {
    const before = packages();
    expect(before).toMatch(/^1 entries, /);
    file("usr/lib/python3.11/site-packages/click-1.0.dist-info/METADATA", "");
    file("venv/lib/python3.11/site-packages/__pycache__/six.pyc", "");
    expect(packages()).toBe(before);
    file("venv/lib/python3.11/site-packages/click-1.0.dist-info/METADATA", "");
    expect(packages()).not.toBe(before);
  });

  test("and of the installation where it looks there, too", () => {
    file("venv/pyvenv.cfg", "include-system-site-packages = true\n");
    const before = packages();
    file("usr/lib/python3.11/site-packages/click-1.0.dist-info/METADATA", "");
    expect(packages()).not.toBe(before);
  });

  test("one that was installed from a folder counts by its time, since its version stays", () => {
    const info = "venv/lib/python3.11/site-packages/mine-1.0.dist-info";
    file(`${info}/direct_url.json`, "{}");
    file(`${info}/RECORD`, "");
    const before = packages();
    utimesSync(join(root, info, "RECORD"), 1, 1);
    expect(packages()).not.toBe(before);
  });

  test("the Python that an environment of `python:` is made of counts; its packages do not", () => {
    const facts = seen({ PATH: join(root, "venv/bin") }, "python3 x.py", { version: "3.11" });
    expect(facts["program python3 of the environment"]).toContain("usr/bin/python3.11");
    expect(Object.keys(facts).filter((name) => name.startsWith("packages"))).toEqual([]);
  });

  test("a version manager's script counts with the version that it stands for", () => {
    file("pyenv/shims/python3", "#!/bin/sh\n", true);
    file("pyenv/version", "3.11.9\n");
    file("pyenv/versions/3.11.9/bin/python3", "python", true);
    const facts = (): unknown =>
      seen({ PATH: join(root, "pyenv/shims") }, "python3 x.py")["program python3 by its version manager"];
    expect(facts()).toMatch(/^3\.11\.9: .*versions\/3\.11\.9\/bin\/python3 \(6 bytes/);
    file("pyenv/version", "3.12.1\n");
    expect(facts()).toBe("3.12.1: unknown");
  });
});
