import { describe, expect, test } from "vitest";
import { WISH } from "../../access/fixtures/access-rig.ts";
import type { SingleSignOnSettings } from "../../services/on-demand.ts";
import { IdentityProvider, type Person } from "../fixtures/identity-provider.ts";
import { PUBLIC_URL, ServerRig } from "../fixtures/server-rig.ts";
import { openSingleSignOn, SIGN_ON_PATH } from "./sign-on-pages.ts";

const CALLBACK = `${PUBLIC_URL}${SIGN_ON_PATH}callback/`;
const MINUTE = 60_000;
const ADA: Person = {
  ...{ preferred_username: "ada", name: "Ada L", email: "ada@example.org", email_verified: true },
  groups: ["ml", "staff"],
};

class SignOnRig implements AsyncDisposable {
  readonly server: ServerRig;
  readonly provider: IdentityProvider;

  private constructor(server: ServerRig, provider: IdentityProvider) {
    this.server = server;
    this.provider = provider;
  }

  static async start(change: Partial<SingleSignOnSettings> = {}): Promise<SignOnRig> {
    const provider = await IdentityProvider.start(CALLBACK);
    const settings: SingleSignOnSettings = {
      ...{ issuer: new URL(provider.issuer), clientId: "headrace", clientSecret: provider.clientSecret },
      ...{ label: "Example", scopes: ["openid", "profile", "email", "groups"], groupsClaim: "groups" },
      ...{ createUsers: true, domains: ["example.org"], groups: [], teams: {}, administrators: [] },
      ...change,
    };
    const server = await ServerRig.start({ singleSignOn: openSingleSignOn(settings, PUBLIC_URL) });
    return new SignOnRig(server, provider);
  }

  /** Sends a browser to the provider and back, up to its return here. */
  async travel(person: string, cookie = "") {
    const departure = await this.server.call({ url: SIGN_ON_PATH, headers: { cookie } });
    expect(departure.statusCode).toBe(302);
    const back = await this.provider.logIn(String(departure.headers.location), person);
    const [kept = { name: "", value: "" }] = departure.cookies;
    return { back: `${back.pathname}${back.search}`, cookie: `${kept.name}=${kept.value}` };
  }

  async logIn(person: string, known?: Person) {
    if (known !== undefined) this.provider.people.set(person, known);
    const { back, cookie } = await this.travel(person);
    const response = await this.server.call({ url: back, headers: { cookie } });
    const session = response.cookies.find(({ name }) => name === "headrace_session_8000");
    const me = async () =>
      (
        await this.server.call({ url: "/api/v0/users/me/", headers: { cookie: `${session?.name}=${session?.value}` } })
      ).json();
    return { response, me, session: `${session?.name}=${session?.value}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.provider[Symbol.asyncDispose]();
  }
}

describe("single sign-on", () => {
  test("makes a user of whoever comes, and knows them again whatever they are called by then", async () => {
    await using rig = await SignOnRig.start();
    const methods = (await rig.server.call({ url: "/api/v0/log-in/methods/" })).json();
    expect(methods).toEqual({ singleSignOn: { label: "Example", path: SIGN_ON_PATH } });
    const first = await rig.logIn("sub-1", ADA);
    expect([first.response.statusCode, first.response.headers.location]).toEqual([302, "/"]);
    const user = await first.me();
    expect(user).toMatchObject({ username: "ada", fullName: "Ada L", email: "ada@example.org", hasPassword: false });
    const renamed = await rig.logIn("sub-1", { ...ADA, preferred_username: "countess", email: "lovelace@example.org" });
    expect(await renamed.me()).toMatchObject({ id: user.id, username: "ada" });
    const log = rig.server.log.join("");
    expect(log).toContain("/log-in/single-sign-on/callback/?***");
    expect(log).not.toMatch(/code=|state=/);
  });

  test("puts people into the teams of their groups, and takes them out again", async () => {
    await using rig = await SignOnRig.start({ teams: { ml: ["research", "absent"] }, administrators: ["bosses"] });
    const { access } = rig.server;
    await access.teams.create("research", WISH);
    await access.teams.create("by-hand", WISH);
    const { me } = await rig.logIn("sub-1", ADA);
    const { id, isAdmin } = await me();
    await access.teams.addUser("by-hand", id, WISH);
    const teams = async () =>
      (await access.teams.list()).filter(({ members }) => members.includes("ada")).map(({ name }) => name);
    expect([await teams(), isAdmin]).toEqual([["by-hand", "research"], false]);
    const promoted = await rig.logIn("sub-1", { ...ADA, groups: ["bosses", "constructor"] });
    expect([await teams(), (await promoted.me()).isAdmin]).toEqual([["by-hand"], true]);
    const demoted = await rig.logIn("sub-1", { ...ADA, groups: [] });
    expect((await demoted.me()).isAdmin).toBe(false);
  });

  test("never takes an identity for a user who can come in already", async () => {
    await using rig = await SignOnRig.start();
    const { access } = rig.server;
    await access.users.update((await access.users.require("member")).id, { email: "member@example.org" }, WISH);
    // The name and the address of an existing user, at a provider where people choose both.
    const { response } = await rig.logIn("sub-evil", {
      ...{ preferred_username: "member", email: "member@example.org", email_verified: true },
    });
    expect([response.statusCode, response.json().code]).toEqual([409, "HR_CONFLICT"]);
    expect(response.cookies.filter(({ value }) => value !== "")).toEqual([]);
  });

  test.each([
    ["an address that nobody vouches for", { ...ADA, email_verified: false }],
    ["an address of another domain", { ...ADA, email: "ada@example.org.evil.test" }],
    ["no address", { preferred_username: "ada" }],
  ])("lets nobody in by %s", async (_, person) => {
    await using rig = await SignOnRig.start();
    const { response } = await rig.logIn("sub-1", person);
    expect([response.statusCode, response.json().code]).toEqual([403, "HR_FORBIDDEN"]);
    expect(await rig.server.access.users.find("ada")).toBeUndefined();
  });

  test("lets in who was invited by their verified address, and nobody twice by it", async () => {
    await using rig = await SignOnRig.start({ createUsers: false });
    const { access } = rig.server;
    const invited = await access.users.create({ name: "lovelace", email: "Ada@Example.org" }, WISH);
    expect(await (await rig.logIn("sub-1", ADA)).me()).toMatchObject({ id: invited.id, username: "lovelace" });
    // The address was given to somebody else at the provider.
    const { response } = await rig.logIn("sub-2", ADA);
    expect([response.statusCode, response.json().code]).toEqual([403, "HR_FORBIDDEN"]);
  });

  test("shuts out who is disabled here, or lost the group that lets in", async () => {
    await using rig = await SignOnRig.start({ groups: ["staff"] });
    const { access } = rig.server;
    const { me } = await rig.logIn("sub-1", ADA);
    const { id } = await me();
    expect((await rig.logIn("sub-1", { ...ADA, groups: ["ml"] })).response.statusCode).toBe(403);
    await access.users.update(id, { isDisabled: true }, WISH);
    expect((await rig.logIn("sub-1", ADA)).response.json()).toMatchObject({
      code: "HR_FORBIDDEN",
      detail: "the user “ada” has been disabled",
    });
  });
});

describe("an answer of a provider", () => {
  test("counts for the browser that left, once, and within a quarter of an hour", async () => {
    await using rig = await SignOnRig.start();
    rig.provider.people.set("sub-1", ADA);
    const { back, cookie } = await rig.travel("sub-1");
    const answer = async (url: string, headers: Record<string, string>) => {
      const { statusCode, cookies } = await rig.server.call({ url, headers });
      return [statusCode, cookies.some(({ name, value }) => name === "headrace_session_8000" && value !== "")];
    };
    // Another site sends a browser here with a code of its own.
    expect(await answer(back, {})).toEqual([401, false]);
    const other = await rig.travel("sub-1");
    expect(await answer(back, { cookie: other.cookie })).toEqual([401, false]);
    for (const forged of [
      "nonsense",
      Buffer.from("{}").toString("base64url"),
      Buffer.from("null").toString("base64url"),
    ])
      expect(await answer(back, { cookie: `headrace_session_8000_departure=${forged}` })).toEqual([401, false]);
    expect(await answer(`${SIGN_ON_PATH}callback/?error=access_denied`, { cookie })).toEqual([401, false]);
    rig.server.clock.now += 16 * MINUTE;
    expect(await answer(back, { cookie })).toEqual([401, false]);
    rig.server.clock.now -= 16 * MINUTE;
    expect(await answer(back, { cookie })).toEqual([302, true]);
    // The code was used.
    expect(await answer(back, { cookie })).toEqual([401, false]);
  });

  test("connects an account to the user who is logged in, and to nobody else", async () => {
    await using rig = await SignOnRig.start({ createUsers: false });
    const { access } = rig.server;
    rig.provider.people.set("sub-1", { ...ADA, preferred_username: "other" });
    const member = await access.users.require("member");
    const { credential } = await access.sessions.begin({ userId: member.id, agent: "", address: "" }, WISH);
    const session = `headrace_session_8000=${credential}`;
    const connect = { method: "POST", url: "/api/v0/users/me/single-sign-on/" } as const;
    expect((await rig.server.call({ ...connect, as: "member" })).statusCode).toBe(501);
    expect((await rig.server.call({ ...connect, headers: { cookie: session } })).statusCode).toBe(403);
    const begun = await rig.server.call({ ...connect, headers: { cookie: session, origin: PUBLIC_URL } });
    const back = await rig.provider.logIn(begun.json().url, "sub-1");
    const [kept = { name: "", value: "" }] = begun.cookies;
    const departure = `${kept.name}=${kept.value}`;
    const url = `${back.pathname}${back.search}`;
    expect((await rig.server.call({ url, headers: { cookie: departure } })).statusCode).toBe(401);
    const again = await rig.server.call({ ...connect, headers: { cookie: session, origin: PUBLIC_URL } });
    const [keptAgain = { name: "", value: "" }] = again.cookies;
    const arrived = await rig.provider.logIn(again.json().url, "sub-1");
    const cookie = `${keptAgain.name}=${keptAgain.value}; ${session}`;
    expect(
      (await rig.server.call({ url: `${arrived.pathname}${arrived.search}`, headers: { cookie } })).statusCode,
    ).toBe(302);
    expect(await (await rig.logIn("sub-1")).me()).toMatchObject({ username: "member" });
  });

  test("is told where the provider is away", async () => {
    await using rig = await SignOnRig.start();
    await rig.provider[Symbol.asyncDispose]();
    const response = await rig.server.call({ url: SIGN_ON_PATH });
    expect([response.statusCode, response.json().detail]).toEqual([
      401,
      expect.stringMatching(/^the provider Example does not answer/),
    ]);
  });
});
