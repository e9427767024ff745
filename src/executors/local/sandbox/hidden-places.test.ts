import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { listeningSockets } from "./listening-sockets.ts";
import { notedStateFolders, noteStateFolder, registerOf } from "./other-projects.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-hidden-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("finds the sockets on which something listens, and no longer when nothing does", async () => {
  const path = join(root, "a b.sock");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  expect(listeningSockets()).toContain(path);
  await new Promise((resolve) => server.close(resolve));
  expect(listeningSockets()).not.toContain(path);
});

test("finds those that were bound by a path relative to their process's folder", async () => {
  const script =
    "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind('b.sock'); s.listen(); print('on', flush=True); sys.stdin.read()";
  const child = spawn("python3", ["-c", script], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  expect(listeningSockets()).toContain(join(root, "b.sock"));
  child.stdin.end();
  await ended;
  expect(listeningSockets()).not.toContain(join(root, "b.sock"));
});

test("leaves out connected and abstract sockets, and paths that are others' view of the machine", () => {
  const table = ["Num       RefCount Protocol Flags    Type St Inode Path"];
  for (const [flags, path] of [
    ["00000000", root],
    ["00010000", "@abstract"],
    ["00010000", "/no/such/socket"],
    ["00010000", root],
    ["00010000", "relative.sock"],
  ])
    table.push(`0000000081e325a4: 00000002 00000000 ${flags} 0001 01 420039 ${path}`);
  expect(listeningSockets(table.join("\n"))).toEqual([]);
});

test("notes state folders once, and forgets those that are gone", () => {
  const register = join(root, "cache/headrace/projects");
  const [a, b, unmounted] = [join(root, "a/.headrace"), join(root, "b/.headrace"), join(root, "disk/c/.headrace")];
  for (const folder of [a, b, unmounted]) mkdirSync(folder, { recursive: true });
  for (const folder of [a, b, a, unmounted]) noteStateFolder(register, folder);
  expect([...notedStateFolders(register)].sort()).toEqual([a, b, unmounted]);
  rmSync(b, { recursive: true });
  rmSync(join(root, "disk"), { recursive: true });
  expect(notedStateFolders(register)).toEqual([a]);
  expect(readdirSync(register)).toHaveLength(2);
});

test("a register that cannot be made is done without", () => {
  noteStateFolder("/dev/null/projects", root);
  expect(notedStateFolders("/dev/null/projects")).toEqual([]);
  expect([
    registerOf({}, undefined),
    registerOf({}, "/h"),
    registerOf({ XDG_CACHE_HOME: "/c" }, "/h"),
    registerOf({ XDG_CACHE_HOME: "c" }, "/h"),
  ]).toEqual([undefined, "/h/.cache/headrace/projects", "/c/headrace/projects", "/h/.cache/headrace/projects"]);
});
