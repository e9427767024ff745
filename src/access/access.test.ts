import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type TestServer, whyNoPostgres } from "../store/postgres/test-server.ts";
import { createCredential } from "./credential.ts";
import { AccessRig, WISH } from "./fixtures/access-rig.ts";
import { hashPassword } from "./password.ts";
import { IDLE_MS, SESSION_MS } from "./sessions.ts";

const HOUR = 3_600_000;
const PASSWORD = "correct horse battery";

describe.each([["SQLite"], ["PostgreSQL"]])("access on %s", (database) => {
  if (database === "PostgreSQL" && whyNoPostgres() !== undefined) return;
  let server: TestServer | undefined;
  beforeAll(async () => {
    if (database === "PostgreSQL") server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  let databases = 0;
  const open = async () => AccessRig.open(await server?.createDatabase(`access_${++databases}`));

  describe("users", () => {
    test("are found by name in any case and by id, and listed by name in pages", async () => {
      await using rig = await open();
      const { users } = rig.access;
      const ada = await users.create(
        { name: "Ada", fullName: "Ada L.", email: "ada@example.org", isAdmin: true },
        WISH,
      );
      await users.create({ name: "bob", password: await hashPassword(PASSWORD) }, WISH);
      await users.create({ name: "Cy" }, WISH);
      expect(ada).toEqual({
        ...{ id: expect.any(String), name: "Ada", fullName: "Ada L.", email: "ada@example.org" },
        ...{ isAdmin: true, hasPassword: false, createdAt: WISH.at },
      });
      expect(await users.find("ADA")).toEqual(ada);
      expect(await users.find(ada.id)).toEqual(ada);
      expect(await users.find("nobody")).toBeUndefined();
      expect((await users.list({ limit: 2 })).map(({ name }) => name)).toEqual(["Ada", "bob"]);
      expect(await users.list({ offset: 2, limit: 2 })).toMatchObject([{ name: "Cy", hasPassword: false }]);
      expect(await users.count()).toBe(3);
    });

    test.each([
      ["in another case", "ADA", "HR_CONFLICT", "there is a user “ADA” already"],
      ["with a slash", "a/b", "HR_USAGE", "“a/b” cannot be the name of a user"],
      ["that is empty", "", "HR_USAGE", "“” cannot be the name of a user"],
      ["with a line feed", "a\n", "HR_USAGE", "“a\n” cannot be the name of a user"],
      ["of SQL", "x' or 1=1 --", "HR_USAGE", "“x' or 1=1 --” cannot be the name of a user"],
    ])("are not made with a name %s", async (_, name, code, message) => {
      await using rig = await open();
      await rig.access.users.create({ name: "ada" }, WISH);
      await expect(rig.access.users.create({ name }, WISH)).rejects.toMatchObject({ code, message });
      expect(await rig.auditedActions()).toEqual(["user.create"]);
    });

    test("keep one administrator, also when two give up the office at once", async () => {
      await using rig = await open();
      const { users } = rig.access;
      const [one, two] = [
        await users.create({ name: "one", isAdmin: true }, WISH),
        await users.create({ name: "two", isAdmin: true }, WISH),
      ];
      const ends = await Promise.allSettled([
        users.update(one.id, { isAdmin: false }, WISH),
        users.update(two.id, { isDisabled: true }, WISH),
      ]);
      expect(ends.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      const left = (await users.list({ limit: 9 })).filter((user) => user.isAdmin && user.disabledAt === undefined);
      expect(left).toHaveLength(1);
      await expect(users.update(left[0]?.id ?? "", { isDisabled: true }, WISH)).rejects.toMatchObject({
        code: "HR_CONFLICT",
        message: `“${left[0]?.name}” is the only administrator of the server`,
      });
    });

    test("come in by another identity provider", async () => {
      await using rig = await open();
      const { users } = rig.access;
      const { id } = await users.create({ name: "ada" }, WISH);
      const issuer = "https://id.example.org";
      await users.addIdentity({ issuer, subject: "42", userId: id }, WISH);
      await users.addIdentity({ issuer, subject: "42", userId: id }, WISH);
      expect((await users.findByIdentity(issuer, "42"))?.name).toBe("ada");
      expect(await users.findByIdentity("https://other.example.org", "42")).toBeUndefined();
      expect(await rig.auditedActions()).toEqual(["user.create", "user.identity"]);
    });
  });

  describe("logging in", () => {
    const attempt = { name: "ada", password: PASSWORD, address: "10.0.0.1", agent: "Firefox", now: 5_000 };

    async function withAda() {
      const rig = await open();
      const ada = await rig.access.users.create({ name: "ada" }, WISH);
      await rig.access.setPassword(ada.id, PASSWORD, WISH);
      return Object.assign(rig, { ada });
    }

    test("begins a session that stands for the user until it ends", async () => {
      await using rig = await withAda();
      const { access, ada } = rig;
      const { user, credential } = await access.beginSession(attempt);
      expect(user.id).toBe(ada.id);
      const by = { kind: "session", id: expect.any(String) };
      const principal = { kind: "user", id: ada.id, name: "ada", isAdmin: false, by };
      expect(await access.principalOf(credential, 6_000)).toEqual(principal);
      expect(await access.sessions.list(ada.id, 6_000)).toMatchObject([{ agent: "Firefox", address: "10.0.0.1" }]);
      // Used all along, it ends all the same.
      for (let now = 5_000; now < 5_000 + SESSION_MS; now += IDLE_MS / 2)
        expect(await access.principalOf(credential, now)).toEqual(principal);
      expect(await access.principalOf(credential, 5_000 + SESSION_MS)).toEqual({ kind: "nobody" });
    });

    test("a session that is not used ends, and so do all when the user says so", async () => {
      await using rig = await withAda();
      const { access, ada } = rig;
      const { credential } = await access.beginSession(attempt);
      expect(await access.principalOf(credential, 5_000 + IDLE_MS)).toEqual({ kind: "nobody" });
      const kept = await access.beginSession(attempt);
      const other = await access.beginSession(attempt);
      expect(await access.sessions.endOthers(ada.id, kept.credential, WISH)).toBe(2);
      const standFor = await Promise.all([kept, other].map((each) => access.principalOf(each.credential, 5_001)));
      expect(standFor.map(({ kind }) => kind)).toEqual(["user", "nobody"]);
      await access.sessions.endByCredential("somebody else", kept.credential, WISH);
      expect((await access.principalOf(kept.credential, 5_001)).kind).toBe("user");
      await access.sessions.endByCredential(ada.id, kept.credential, WISH);
      expect((await access.principalOf(kept.credential, 5_001)).kind).toBe("nobody");
    });

    test.each([
      ["a wrong password", { password: "another password" }],
      ["an unknown name", { name: "eve" }],
      ["a user without a password", { name: "bot" }],
      ["a disabled user", { name: "old" }],
    ])("fails in one way with %s", async (_, change) => {
      await using rig = await withAda();
      const { users } = rig.access;
      await users.create({ name: "bot" }, WISH);
      const old = await users.create({ name: "old" }, WISH);
      await rig.access.setPassword(old.id, PASSWORD, WISH);
      await users.update(old.id, { isDisabled: true }, WISH);
      await expect(rig.access.beginSession({ ...attempt, ...change })).rejects.toMatchObject({
        code: "HR_NOT_LOGGED_IN",
        message: "the name and the password do not fit",
      });
    });

    test("is refused after five failures from one address, many at once included, and only there", async () => {
      await using rig = await withAda();
      const { access } = rig;
      const guesses = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => access.logIn({ ...attempt, password: `guess number ${index}` })),
      );
      const codes = guesses.map((guess) => (guess.status === "rejected" ? guess.reason.code : "in"));
      expect(codes.toSorted()).toEqual([
        ...Array.from({ length: 5 }, () => "HR_NOT_LOGGED_IN"),
        ...Array.from({ length: 3 }, () => "HR_TOO_MANY_REQUESTS"),
      ]);
      await expect(access.logIn(attempt)).rejects.toMatchObject({ code: "HR_TOO_MANY_REQUESTS" });
      expect((await access.logIn({ ...attempt, address: "10.0.0.2" })).name).toBe("ada");
      expect((await access.logIn({ ...attempt, now: attempt.now + HOUR })).name).toBe("ada");
    });

    test("a right password lets the count begin anew", async () => {
      await using rig = await withAda();
      for (let round = 0; round < 4; round++) {
        for (let guess = 0; guess < 4; guess++)
          await expect(rig.access.logIn({ ...attempt, password: "not the password" })).rejects.toThrow("do not fit");
        expect((await rig.access.logIn(attempt)).name).toBe("ada");
      }
    });

    test("a new password ends the sessions, and one that is easy to guess is refused", async () => {
      await using rig = await withAda();
      const { access, ada } = rig;
      const { credential } = await access.beginSession(attempt);
      await expect(access.setPassword(ada.id, "ada", WISH)).rejects.toMatchObject({ code: "HR_USAGE" });
      expect((await access.principalOf(credential, 6_000)).kind).toBe("user");
      await access.setPassword(ada.id, "another password", WISH);
      expect(await access.principalOf(credential, 6_000)).toEqual({ kind: "nobody" });
      await expect(access.logIn(attempt)).rejects.toMatchObject({ code: "HR_NOT_LOGGED_IN" });
      await expect(access.setPassword("nobody", PASSWORD, WISH)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    });
  });

  describe("tokens", () => {
    test("stand for their user within their scope until they expire or are revoked", async () => {
      await using rig = await open();
      const { users, tokens } = rig.access;
      const ada = await users.create({ name: "ada" }, WISH);
      const scope = { level: "write", projects: ["p1", "p2"] } as const;
      const { token, credential } = await tokens.create(
        { userId: ada.id, name: "ci", scope, expiresAt: WISH.at + HOUR },
        WISH,
      );
      expect(token).toEqual({ id: token.id, name: "ci", scope, createdAt: WISH.at, expiresAt: WISH.at + HOUR });
      const principal = {
        kind: "user",
        id: ada.id,
        name: "ada",
        isAdmin: false,
        scope,
        by: { kind: "token", id: token.id },
      };
      expect(await rig.access.principalOf(credential, WISH.at + 1)).toEqual(principal);
      expect(await tokens.list(ada.id)).toEqual([{ ...token, usedAt: WISH.at + 1 }]);
      expect(await rig.access.principalOf(credential, WISH.at + HOUR)).toEqual({ kind: "nobody" });
      await expect(tokens.revoke("somebody else", token.id, WISH)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
      await tokens.revoke(ada.id, token.id, WISH);
      expect(await rig.access.principalOf(credential, WISH.at + 1)).toEqual({ kind: "nobody" });
      expect(await rig.access.principalOf(createCredential("token"), 1)).toEqual({ kind: "nobody" });
    });

    test("of a disabled user stand for nobody, and for the user again when they are back", async () => {
      await using rig = await open();
      const { users, tokens } = rig.access;
      const ada = await users.create({ name: "ada" }, WISH);
      const { credential } = await tokens.create({ userId: ada.id, name: "ci", scope: { level: "read" } }, WISH);
      await users.update(ada.id, { isDisabled: true }, WISH);
      expect((await rig.access.principalOf(credential, 2_000)).kind).toBe("nobody");
      await users.update(ada.id, { isDisabled: false }, WISH);
      expect((await rig.access.principalOf(credential, 2_000)).kind).toBe("user");
    });

    test("are kept as hashes alone", async () => {
      await using rig = await open();
      const ada = await rig.access.users.create({ name: "ada" }, WISH);
      await rig.access.setPassword(ada.id, PASSWORD, WISH);
      const { credential } = await rig.access.tokens.create(
        { userId: ada.id, name: "ci", scope: { level: "read" } },
        WISH,
      );
      const entries = await rig.database.installation.audit.list({ afterId: 0, limit: 99 });
      expect(JSON.stringify([entries, await rig.access.tokens.list(ada.id)])).not.toContain(credential.slice(4, 20));
      expect(JSON.stringify(entries)).not.toContain(PASSWORD);
    });
  });

  describe("members", () => {
    test("are what they are by themselves or by a team, whichever is more", async () => {
      await using rig = await open();
      const { users, teams, members } = rig.access;
      const [ada, bob] = [await users.create({ name: "ada" }, WISH), await users.create({ name: "bob" }, WISH)];
      const [flights, churn] = [await rig.project("flights"), await rig.project("churn")];
      const team = await teams.create("scientists", WISH);
      await members.set(flights, { kind: "user", id: ada.id }, "viewer", WISH);
      await members.set(flights, { kind: "team", id: team.id }, "member", WISH);
      await members.set(churn, { kind: "team", id: team.id }, "admin", WISH);
      expect(await members.roleOf(flights, ada.id)).toBe("viewer");
      expect(await members.roleOf(flights, bob.id)).toBeUndefined();
      await teams.addUser("scientists", ada.id, WISH);
      expect(await members.roleOf(flights, ada.id)).toBe("member");
      expect(await members.rolesOf(ada.id)).toEqual(
        new Map([
          [flights.id, "member"],
          [churn.id, "admin"],
        ]),
      );
      expect(await members.list(flights)).toEqual([
        { kind: "user", id: ada.id, name: "ada", role: "viewer" },
        { kind: "team", id: team.id, name: "scientists", role: "member" },
      ]);
      await members.set(flights, { kind: "user", id: ada.id }, "admin", WISH);
      expect(await members.roleOf(flights, ada.id)).toBe("admin");
      await members.remove(flights, { kind: "user", id: ada.id }, WISH);
      await teams.remove("scientists", WISH);
      expect(await members.rolesOf(ada.id)).toEqual(new Map());
      await expect(members.remove(flights, { kind: "user", id: bob.id }, WISH)).rejects.toMatchObject({
        code: "HR_NOT_FOUND",
      });
    });

    test("strangers do not learn that a project exists; members that they may not", async () => {
      await using rig = await open();
      const { access } = rig;
      const ada = await access.users.create({ name: "ada" }, WISH);
      const flights = await rig.project("flights");
      const by = { kind: "token", id: "t" } as const;
      const caller = { kind: "user", id: ada.id, name: "ada", isAdmin: false, by } as const;
      const start = () => access.requireInProject(caller, "run.start", flights);
      await expect(start()).rejects.toMatchObject({
        code: "HR_NOT_FOUND",
        message: `there is no project “${flights.name}”`,
      });
      await access.members.set(flights, { kind: "user", id: ada.id }, "viewer", WISH);
      await expect(start()).rejects.toMatchObject({ code: "HR_FORBIDDEN", message: "you may not do this (run.start)" });
      await access.members.set(flights, { kind: "user", id: ada.id }, "member", WISH);
      expect(await start()).toBeUndefined();
      await expect(access.requireInProject({ kind: "nobody" }, "run.start", flights)).rejects.toMatchObject({
        code: "HR_NOT_LOGGED_IN",
      });
      expect(() => access.requireOnServer(caller, "user.manage")).toThrow("you may not do this (user.manage)");
    });

    test("teams follow the groups of an identity provider, and keep whom somebody put there by hand", async () => {
      await using rig = await open();
      const { users, teams } = rig.access;
      const [ada, bob] = [await users.create({ name: "ada" }, WISH), await users.create({ name: "bob" }, WISH)];
      for (const name of ["a", "b", "c"]) await teams.create(name, WISH);
      await teams.addUser("a", ada.id, WISH);
      await teams.addUser("a", bob.id, WISH);
      await teams.follow(ada.id, ["b", "nowhere"], WISH);
      const ofAda = async () =>
        (await teams.list()).filter(({ members }) => members.includes("ada")).map(({ name }) => name);
      expect(await ofAda()).toEqual(["a", "b"]);
      await teams.follow(ada.id, ["c"], WISH);
      expect(await ofAda()).toEqual(["a", "c"]);
      await teams.removeUser("a", ada.id, WISH);
      await teams.follow(ada.id, [], WISH);
      expect(await ofAda()).toEqual([]);
      expect((await teams.list()).find(({ name }) => name === "a")?.members).toEqual(["bob"]);
      await expect(teams.create("a", WISH)).rejects.toMatchObject({ code: "HR_CONFLICT" });
      await expect(teams.addUser("nowhere", ada.id, WISH)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    });
  });
});
