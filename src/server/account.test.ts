import { describe, expect, test } from "vitest";
import { WISH } from "../access/fixtures/access-rig.ts";
import { PASSWORD, PUBLIC_URL, type Request, ServerRig } from "./fixtures/server-rig.ts";

const HOUR = 3_600_000;

async function withPassword(publicUrl?: string) {
  const rig = await ServerRig.start(publicUrl === undefined ? {} : { publicUrl });
  await rig.access.setPassword("member", PASSWORD, WISH);
  return rig;
}

const login = (change = {}): Request => ({
  method: "POST",
  url: "/api/v0/log-in/",
  body: { username: "member", password: PASSWORD, ...change },
});

describe("logging in", () => {
  test("sets a cookie that no script can read, and that stands for the user until they log out", async () => {
    await using rig = await withPassword();
    const response = await rig.call(login());
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ username: "member", isAdmin: false, disabledAt: null });
    const [cookie = { name: "", value: "" }] = response.cookies;
    expect(cookie).toMatchObject({ name: "headrace_session_8000", path: "/", httpOnly: true, sameSite: "Lax" });
    const headers = { cookie: `${cookie.name}=${cookie.value}` };
    expect((await rig.call({ url: "/api/v0/users/me/", headers })).json().username).toBe("member");
    const out = { method: "POST", url: "/api/v0/log-out/" } as const;
    const sameOrigin = { ...headers, origin: PUBLIC_URL };
    expect((await rig.call({ ...out, headers: sameOrigin })).statusCode).toBe(204);
    expect((await rig.call({ url: "/api/v0/users/me/", headers })).statusCode).toBe(401);
  });

  test("over TLS, the cookie stays within TLS and this very host", async () => {
    await using rig = await withPassword("https://headrace.test:8000");
    const response = await rig.call(login());
    expect(response.cookies[0]).toMatchObject({ name: "__Host-headrace_session", secure: true, path: "/" });
    expect(response.headers["strict-transport-security"]).toContain("max-age=");
  });

  test.each([
    ["a wrong password", { password: "wrong password" }, 401, "HR_NOT_LOGGED_IN"],
    ["an unknown name", { username: "nobody" }, 401, "HR_NOT_LOGGED_IN"],
    ["no password", { password: undefined }, 400, "HR_USAGE"],
    ["a number as the name", { username: 5 }, 400, "HR_USAGE"],
  ])("with %s fails", async (_, change, status, code) => {
    await using rig = await withPassword();
    const response = await rig.call(login(change));
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    expect(response.cookies).toEqual([]);
    expect(response.headers["content-type"]).toContain("application/problem+json");
  });

  test("fails too often, and is refused for a while with 429", async () => {
    await using rig = await withPassword();
    for (let attempt = 0; attempt < 5; attempt++) await rig.call(login({ password: `wrong password ${attempt}` }));
    expect((await rig.call(login())).statusCode).toBe(429);
    rig.clock.now += HOUR;
    expect((await rig.call(login())).statusCode).toBe(200);
  });

  test.each([
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["a sister site", { "sec-fetch-site": "same-site" }, 403],
    ["an older browser on another site", { origin: "http://evil.test" }, 403],
    ["a program with a stolen cookie and no origin", {}, 403],
    ["its own page", { "sec-fetch-site": "same-origin" }, 200],
    ["its own page in an older browser", { origin: PUBLIC_URL }, 200],
  ])("by cookie, a change that %s asks for is answered %s", async (_, given, status) => {
    await using rig = await withPassword();
    const [cookie = { name: "", value: "" }] = (await rig.call(login())).cookies;
    const headers = { cookie: `${cookie.name}=${cookie.value}`, ...given };
    const change = { method: "PATCH", url: "/api/v0/users/me/", body: { fullName: "M" }, headers } as const;
    expect((await rig.call(change)).statusCode).toBe(status);
    // A token is no cookie: no browser sends it by itself.
    expect((await rig.call({ ...change, headers: given, as: "member" })).statusCode).toBe(200);
  });

  test("a new password needs the current one, and ends the other sessions", async () => {
    await using rig = await withPassword();
    const cookies = await Promise.all(
      [1, 2].map(async () => {
        const [cookie = { name: "", value: "" }] = (await rig.call(login())).cookies;
        return { cookie: `${cookie.name}=${cookie.value}`, origin: PUBLIC_URL };
      }),
    );
    const set = (current: string) =>
      rig.call({
        ...{ method: "POST", url: "/api/v0/users/me/password/", body: { current, password: "another password" } },
        ...(cookies[0] !== undefined && { headers: cookies[0] }),
      });
    expect((await set("not it at all")).statusCode).toBe(401);
    expect((await set(PASSWORD)).statusCode).toBe(204);
    const me = (headers = {}) => rig.call({ url: "/api/v0/users/me/", headers });
    expect([(await me(cookies[0])).statusCode, (await me(cookies[1])).statusCode]).toEqual([200, 401]);
  });
});

describe("tokens", () => {
  test("are made for Valohai's clients from a form", async () => {
    await using rig = await withPassword();
    const response = await rig.call({
      ...{
        method: "POST",
        url: "/api/v0/get-token/",
        body: `username=member&password=${encodeURIComponent(PASSWORD)}`,
      },
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    const { token } = response.json();
    const me = await rig.call({ url: "/api/v0/users/me", headers: { authorization: `Token ${token}` } });
    expect(me.json()).toMatchObject({ username: "member" });
  });

  test("end when they log out, and no other does", async () => {
    await using rig = await withPassword();
    const make = async () =>
      (await rig.call({ method: "POST", url: "/api/v0/users/me/tokens/", body: { name: "cli" }, as: "member" })).json();
    const by = ({ token }: { readonly token: string }) => ({ authorization: `Token ${token}` });
    const [one, other] = [await make(), await make()];
    const out = await rig.call({ method: "POST", url: "/api/v0/log-out/", headers: by(one) });
    expect(out.statusCode).toBe(204);
    const me = async (token: { readonly token: string }) =>
      (await rig.call({ url: "/api/v0/users/me/", headers: by(token) })).statusCode;
    expect([await me(one), await me(other)]).toEqual([401, 200]);
    const [last] = await rig.database.installation.audit.list({ afterId: 0, limit: 1_000, action: "token.revoke" });
    expect(last).toMatchObject({ actor: "user:member", subject: { kind: "token", id: one.id } });
  });

  test("carry what they were given, and are listed without their text", async () => {
    await using rig = await withPassword();
    const create = (body: object) => rig.call({ method: "POST", url: "/api/v0/users/me/tokens/", body, as: "member" });
    const made = await create({ name: "ci", level: "read", projects: ["root/flights"], expiresInDays: 1 });
    expect(made.statusCode).toBe(201);
    const { token, ...listed } = made.json();
    expect(listed).toMatchObject({ name: "ci", level: "read", projects: [rig.project.id], usedAt: null });
    const tokens = (await rig.call({ url: "/api/v0/users/me/tokens/", as: "member" })).json();
    expect(tokens).toContainEqual(listed);
    expect(JSON.stringify(tokens)).not.toContain(token);
    const by = { authorization: `Bearer ${token}` };
    expect((await rig.call({ url: "/api/v0/projects/:project/", headers: by })).statusCode).toBe(200);
    const another = await rig.call({
      method: "POST",
      url: "/api/v0/users/me/tokens/",
      body: { name: "x" },
      headers: by,
    });
    expect(another.json().code).toBe("HR_FORBIDDEN");
    rig.clock.now += 24 * HOUR;
    expect((await rig.call({ url: "/api/v0/projects/:project/", headers: by })).statusCode).toBe(401);
  });
});
