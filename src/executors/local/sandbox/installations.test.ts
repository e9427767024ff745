import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { findInstallations } from "./installations.ts";
import { plainInstallerSettings } from "./installer-settings.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-installations-")));
const home = join(root, "home");
beforeEach(() => {
  rmSync(root, { recursive: true });
  mkdirSync(home, { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function put(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), "");
    chmodSync(join(home, path), 0o755);
  }
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  symlinkSync(target, join(home, path));
}

/** Returns what is found of the home, and whether steps install there. */
function found(...searchPath: readonly string[]): Readonly<Record<string, boolean>> {
  const request = { searchPath: searchPath.map((name) => join(home, name)).join(":"), homes: [home], closed: [home] };
  const shown = findInstallations({ ...request, hidden: [home], variables: {}, programs: [], layers: true });
  return Object.fromEntries(shown.map(({ path, installable }) => [path.slice(home.length + 1), installable]));
}

test.each<[string, readonly string[], readonly string[], Readonly<Record<string, boolean>>]>([
  [
    "a version manager",
    [".pyenv/shims/python", ".pyenv/versions/3.11/bin/python"],
    [".pyenv/shims", ".pyenv/bin"],
    { ".pyenv": true },
  ],
  ["a virtual environment", ["ml/pyvenv.cfg", "ml/bin/python"], ["ml/bin"], { ml: true }],
  [
    "a conda environment, and conda's own",
    ["conda/conda-meta/history", "conda/envs/ml/conda-meta/history", "conda/envs/ml/bin/python"],
    ["conda/envs/ml/bin"],
    { conda: true, "conda/envs/ml": true },
  ],
  [
    "programs whose neighbours are no installation",
    [".cargo/bin/rg", ".cargo/credentials.toml"],
    [".cargo/bin"],
    { ".cargo/bin": true },
  ],
  [
    "programs beside libraries",
    ["tool/bin/run", "tool/libexec/x", "tool/token"],
    ["tool/bin"],
    { "tool/bin": true, "tool/libexec": true },
  ],
  [
    "what pip installs for the user",
    [".local/bin/tool", ".local/lib/python3.11/site-packages/x.py", ".local/share/keyrings/login"],
    [".local/bin"],
    { ".local/bin": true, ".local/lib": true },
  ],
  [
    "packages of R",
    ["R/x86_64-pc-linux-gnu-library/4.2/a/DESCRIPTION", "R/notes.R"],
    [],
    { "R/x86_64-pc-linux-gnu-library": true },
  ],
  ["fonts and toolchains", [".fonts/a.ttf", ".rustup/settings.toml"], [], { ".fonts": false, ".rustup": false }],
  ["nothing else", [".ssh/id", ".aws/credentials", "data/a.csv", ".config/gh/hosts.yml"], ["data"].slice(1), {}],
])("%s", (_, files, searchPath, expected) => {
  put(...files);
  expect(found(...searchPath)).toEqual(expected);
});

test("settings of installers count where they hold no login", () => {
  put(".config/pip/pip.conf", ".condarc", ".npmrc", ".cargo/config.toml");
  writeFileSync(join(home, ".config/pip/pip.conf"), "[global]\nindex-url = https://mirror.example/simple\n");
  writeFileSync(join(home, ".condarc"), "channels: [https://me:pw@conda.example/main]\n");
  writeFileSync(join(home, ".npmrc"), "//registry.example/:_authToken=x\n");
  expect(found()).toEqual({ ".cargo/config.toml": false, ".config/pip/pip.conf": false });
});

test("a home that is itself on PATH is not shown, nor is a folder that holds it", () => {
  put("run.sh", ".ssh/id");
  expect(found("", "..")).toEqual({});
});

test("links among programs lead to what they are of", () => {
  put(
    "venvs/black/pyvenv.cfg",
    "venvs/black/bin/black",
    "src/tool/run.sh",
    "src/tool/secret",
    "py/include/x",
    "py/bin/python3.12",
  );
  link("bin/black", "../venvs/black/bin/black");
  link("bin/tool", join(home, "src/tool/run.sh"));
  link("bin/gone", "nowhere");
  link("venvs/black/bin/python", join(home, "py/bin/python3.12"));
  expect(found("bin")).toEqual({ bin: true, py: true, "src/tool/run.sh": false, "venvs/black": true });
});

test("files that passed-on variables name, and programs beside those of PATH", () => {
  put("certificates/ca.pem", "certificates/key", "py/include/x", "py/bin/python3");
  const request = { searchPath: "", homes: [home], closed: [home], hidden: [home], layers: true };
  const variables = {
    SSL_CERT_FILE: join(home, "certificates/ca.pem"),
    LD_LIBRARY_PATH: `/usr/lib:${join(home, "none")}`,
    X: home,
  };
  expect(findInstallations({ ...request, variables, programs: [join(home, "py/bin/python3")] })).toEqual([
    { path: join(home, "py"), isFile: false, installable: true },
    { path: join(home, "certificates/ca.pem"), isFile: true, installable: false },
  ]);
});

test.each([
  ["proxy_servers:\n  https: me:pw@proxy.example:8080\n", ".condarc"],
  ["channels:\n  - https://conda.anaconda.org/t/me-12345678/channel\n", ".condarc"],
  ["[global]\nindex-url = https://pypi.fury.io/aB3dE6gH9kLm/me/\n", ".config/pip/pip.conf"],
  ["[global]\nindex-url = https://dl.cloudsmith.io/0123456789abcdef/org/repo/python/simple\n", ".pip/pip.conf"],
  ['[env]\nAWS_ACCESS_KEY_ID = "x"\n', ".cargo/config.toml"],
  ['key="-----BEGIN RSA PRIVATE KEY-----"\n', ".npmrc"],
])("a login in settings of an installer is known: %j", (text, name) => {
  put(name);
  writeFileSync(join(home, name), text);
  expect(plainInstallerSettings(home)).not.toContain(join(home, name));
});

test.each([
  [
    "@scope:registry=https://npm.example/api/npm/our-packages/\nregistry=https://npm.example:8443/api/npm/packages-of-2024/\n",
    ".npmrc",
  ],
  [
    "[global]\nindex-url = https://pypi.tuna.tsinghua.edu.cn/simple\ntrusted-host = pypi.tuna.tsinghua.edu.cn\n",
    ".config/pip/pip.conf",
  ],
  ['[[index]]\nurl = "https://download.pytorch.org/whl/cu121"\n', ".config/uv/uv.toml"],
])("settings without one are not taken for such: %j", (text, name) => {
  put(name);
  writeFileSync(join(home, name), text);
  expect(plainInstallerSettings(home)).toContain(join(home, name));
});
