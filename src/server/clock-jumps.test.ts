import { describe, expect, test } from "vitest";
import { WISH } from "../access/fixtures/access-rig.ts";
import { PASSWORD, ServerRig } from "./fixtures/server-rig.ts";
import { loginLinks } from "./login-links.ts";

const DAY = 24 * 3_600_000;
const ME = "/api/v0/users/me/";

/** A server whose clock is two years ahead while something is done, and right again afterwards. */
async function ahead<T>(rig: ServerRig, work: () => Promise<T>): Promise<T> {
  rig.clock.now += 730 * DAY;
  const done = await work();
  rig.clock.now -= 730 * DAY;
  return done;
}

describe("what was made while the clock was ahead, once it is right again", () => {
  test("a session ends in place of lasting for years; earlier ones and tokens go on", async () => {
    await using rig = await ServerRig.start();
    const { id: userId } = await rig.access.users.require("root");
    const begin = () => rig.access.sessions.begin({ userId, agent: "", address: "" }, { ...WISH, at: rig.clock.now });
    const ask = async (credential: string) =>
      (await rig.call({ url: ME, headers: { cookie: `headrace_session_8000=${credential}` } })).statusCode;
    const early = (await begin()).credential;
    expect(await ask(early)).toBe(200);
    // Without a log-in meanwhile, which clears up what has ended by then.
    expect(await ahead(rig, () => ask(early))).toBe(401);
    expect(await ask(early)).toBe(200);
    const late = await ahead(rig, async () => (await begin()).credential);
    expect(await ask(late)).toBe(401);
    expect(await rig.access.sessions.list(userId, rig.clock.now)).toEqual([]);
    expect(await ask((await begin()).credential)).toBe(200);
    expect((await rig.call({ url: ME, as: "root" })).statusCode).toBe(200);
  });

  test("wrong passwords hold nobody back for years", async () => {
    await using rig = await ServerRig.start();
    await rig.access.setPassword("member", PASSWORD, WISH);
    const logIn = async (password: string) => {
      const body = { username: "member", password };
      return (await rig.call({ method: "POST", url: "/api/v0/get-token/", body })).statusCode;
    };
    await ahead(rig, async () => {
      for (let index = 0; index < 6; index++) await logIn("wrong");
      expect(await logIn(PASSWORD)).toBe(429);
    });
    expect(await logIn(PASSWORD)).toBe(200);
  });

  test("nor do requests that came too often", async () => {
    await using rig = await ServerRig.start({ limits: { burst: 2, perSecond: 1 } });
    const ask = async () => (await rig.call({ url: ME, as: "member" })).statusCode;
    expect(await ahead(rig, async () => [await ask(), await ask(), await ask()])).toEqual([200, 200, 429]);
    expect(await ask()).toBe(429);
    rig.clock.now += 1_000;
    expect(await ask()).toBe(200);
  });

  test("a link that downloads a file holds no longer than it should, and so does one that logs in", async () => {
    await using rig = await ServerRig.start();
    const store = await rig.database.project(rig.project.id);
    const { sha256, sizeBytes } = await rig.put("text");
    const { id } = await store.data.add({ name: "a.txt", sha256, sizeBytes, properties: {} }, 1);
    const link = async (): Promise<string> => {
      const { url } = (await rig.call({ url: `/api/v0/data/${id}/download/`, as: "member" })).json();
      return new URL(url).pathname;
    };
    const late = await ahead(rig, link);
    expect((await rig.call({ url: late })).statusCode).toBe(404);
    expect((await rig.call({ url: await link() })).body).toBe("text");

    const clock = { now: 1_000 * DAY };
    const links = loginLinks(() => clock.now);
    const codeOf = (path: string): string => path.split("/").at(-2) ?? "";
    const [first, second] = [codeOf(links.create("u")), codeOf(links.create("u"))];
    clock.now -= 730 * DAY;
    expect(links.take(first)).toBeUndefined();
    expect(links.take(codeOf(links.create("u")))).toBe("u");
    clock.now += 730 * DAY;
    expect(links.take(second)).toBe("u");
  });

  test("a request with a key is carried out once", async () => {
    await using rig = await ServerRig.start();
    const send = async () => {
      const headers = { "idempotency-key": "k" };
      const body = { name: "research" };
      const { statusCode, json } = await rig.call({ method: "POST", url: "/api/v0/teams/", as: "root", headers, body });
      return [statusCode, json().id];
    };
    const first = await ahead(rig, send);
    expect(first[0]).toBe(201);
    expect(await send()).toEqual(first);
    expect(await rig.access.teams.list()).toHaveLength(1);
  });
});
