import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Access } from "../src/access/index.ts";
import type { TeamsView, TokensView, UsersView } from "../src/api/index.ts";
import { openDatabase, type StorePlace } from "../src/store/index.ts";
import { useOwnDatabase } from "./own-database.ts";
import { isOnPostgres, ProjectRig } from "./rig.ts";

useOwnDatabase("each test");

const COMMAND = fileURLToPath(new URL("../bin/headrace.mjs", import.meta.url));

/** Runs a command with a text as its standard input. */
function type(input: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { input, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** A home with a database, as the first start of a server makes it. */
async function makeHome(rig: ProjectRig): Promise<string> {
  rig.write("home/keep", "");
  const home = join(rig.root, "home");
  await using _database = await openDatabase(placeOf(home));
  return home;
}

function placeOf(home: string): StorePlace {
  const url = process.env.HEADRACE_DATABASE_URL ?? "";
  return url === "" ? { file: join(home, "headrace.db") } : { url };
}

describe("the users of a server", () => {
  test("are added, shut out and let in again; a password is what the standard input says", async () => {
    await using rig = new ProjectRig();
    const home = await makeHome(rig);
    const user = (...args: readonly string[]) => rig.json<UsersView>(0, "user", ...args, "--home", home);
    expect(await user("add", "ada", "--admin", "--email", "ada@example.org")).toMatchObject({
      ...{ users: [{ username: "ada", isAdmin: true, hasPassword: false, email: "ada@example.org" }], password: null },
    });
    await user("add", "bob");
    const typed = type("correct horse battery\n", "user", "set-password", "bob", "--home", home);
    expect([typed.status, typed.stderr]).toEqual([0, ""]);
    expect(typed.stdout).not.toContain("correct horse");
    expect(type("", "user", "set-password", "bob", "--home", home).status).toBe(2);
    const short = type("short\n", "user", "set-password", "bob", "--home", home);
    expect([short.status, short.stderr]).toEqual([2, expect.stringContaining("a password has 10 to 1024")]);
    expect((await user("disable", "bob")).users).toMatchObject([{ username: "bob", disabledAt: expect.any(String) }]);
    expect((await user("enable", "bob")).users).toMatchObject([{ disabledAt: null }]);
    expect((await user("ls")).users.map(({ username, hasPassword }) => [username, hasPassword])).toEqual([
      ...[
        ["ada", false],
        ["bob", true],
      ],
    ]);
    const last = await rig.headrace("user", "disable", "ada", "--home", home);
    expect([last.code, last.stderr]).toEqual([1, expect.stringContaining("the only administrator of the server")]);
    await using database = await openDatabase(placeOf(home));
    const access = new Access(database.installation);
    const login = { name: "bob", password: "correct horse battery", address: "192.0.2.1", now: Date.now() };
    expect((await access.logIn(login)).name).toBe("bob");
    const [first] = await database.installation.audit.list({ afterId: 0, limit: 1, action: "user.create" });
    expect(first?.actor).toMatch(/^local:/);
  });

  test("have teams and tokens", async () => {
    await using rig = new ProjectRig();
    const home = await makeHome(rig);
    const call = <T>(...args: readonly string[]) => rig.json<T>(0, ...args, "--home", home);
    await call("user", "add", "ada");
    await call("team", "add", "research");
    expect((await call<TeamsView>("team", "join", "research", "ada")).teams).toMatchObject([{ members: ["ada"] }]);
    expect((await call<TeamsView>("team", "leave", "research", "ada")).teams).toMatchObject([{ members: [] }]);
    expect((await call<TeamsView>("team", "rm", "research")).teams).toEqual([]);
    const made = await call<TokensView>("token", "add", "ada", "ci", "--level", "read", "--expires", "2");
    expect(made.token).toMatch(/^hrt_/);
    const { tokens } = await call<TokensView>("token", "ls", "ada");
    expect(tokens).toMatchObject([{ name: "ci", level: "read", projects: null, expiresAt: expect.any(String) }]);
    expect((await call<TokensView>("token", "revoke", "ada", tokens[0]?.id ?? "")).tokens).toEqual([]);
  });

  const refused: readonly (readonly [args: readonly string[], message: string])[] = [
    [["user", "ls"], "no server is named"],
    [["user", "disable", "nobody", "--home", "home"], "there is no user “nobody”"],
    [["user", "add", "--home", "home"], "the user's name is missing"],
    [["user", "add", "../x", "--home", "home"], "cannot be the name of a user"],
    [["user", "remove", "ada", "--home", "home"], "is not known"],
    [["token", "add", "nobody", "x", "--home", "home"], "there is no user"],
    [["token", "ls", "nobody", "--level", "root", "--home", "home"], "is not known"],
    // On PostgreSQL the folder says nothing of the records.
    ...(isOnPostgres ? [] : [[["user", "ls", "--home", "nowhere"], "there is no server's database in"] as const]),
  ];
  test.each(refused)("%j is refused with words", async (args, message) => {
    await using rig = new ProjectRig();
    await makeHome(rig);
    const { code, stderr } = await rig.headrace(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
