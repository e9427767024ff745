import { describe, expect, test } from "vitest";
import { WISH } from "../access/fixtures/access-rig.ts";
import { ServerRig } from "./fixtures/server-rig.ts";

const ME = "/api/v0/users/me/";

describe("a credential", () => {
  test("that was changed by one sign, or stands for another kind, is nobody's", async () => {
    await using rig = await ServerRig.start();
    const { token: ofStep } = await rig.startStep();
    const { member } = rig.tokens;
    const swapped = [
      `${member.slice(0, 20)}${member[20] === "A" ? "B" : "A"}${member.slice(21)}`,
      member.replace("hrt_", "hrs_"),
      member.replace("hrt_", "hre_"),
      ofStep.replace("hre_", "hrt_"),
      `${member} `.repeat(2),
      `${member},${rig.tokens.root}`,
      `${member}\u00a0`,
      "x".repeat(10_000),
    ];
    for (const secret of swapped) {
      const { statusCode } = await rig.call({ url: ME, headers: { authorization: `Token ${secret}` } });
      expect([secret.slice(0, 60), statusCode]).toEqual([secret.slice(0, 60), 401]);
    }
  });

  test("of a session counts in its own cookie alone, and a token beside it wins", async () => {
    await using rig = await ServerRig.start();
    const { id: userId } = await rig.access.users.require("root");
    const { credential } = await rig.access.sessions.begin({ userId, agent: "", address: "" }, WISH);
    const ask = async (headers: Record<string, string>) => (await rig.call({ url: ME, headers })).json().username;
    expect(await ask({ cookie: `headrace_session_8000=${credential}` })).toBe("root");
    for (const name of ["headrace_session", "headrace_session_9000", "__Host-headrace_session", "session"])
      expect(await ask({ cookie: `${name}=${credential}` })).toBeUndefined();
    const both = { cookie: `headrace_session_8000=${credential}`, authorization: `Token ${rig.tokens.viewer}` };
    expect(await ask(both)).toBe("viewer");
    // A header that is there and opens nothing must not fall back on the cookie that a browser adds.
    expect(await ask({ ...both, authorization: "Token wrong" })).toBeUndefined();
  });

  test.each(["token", "access_token", "authorization"])("in the address, as %s, is not read", async (name) => {
    await using rig = await ServerRig.start();
    expect((await rig.call({ url: `${ME}?${name}=${rig.tokens.root}` })).statusCode).toBe(401);
  });
});

describe("another project", () => {
  test("answers to a stranger as one that is not there, word for word but for the name", async () => {
    await using rig = await ServerRig.start();
    const ask = async (project: string) => {
      const { statusCode, body } = await rig.call({ url: `/api/v0/projects/${project}/runs/`, as: "stranger" });
      const { requestId: _, ...problem } = JSON.parse(body);
      return JSON.stringify([statusCode, problem]).replaceAll(project.replaceAll("%2F", "/"), "X");
    };
    const absent = await ask("00000000-0000-7000-8000-000000000000");
    expect(await ask(rig.project.id)).toBe(absent);
    expect(await ask("root%2Fflights")).toBe(absent);
  });

  test("does not hand out its files, runs or executions by their ids", async () => {
    await using rig = await ServerRig.start();
    const other = await rig.database.installation.createProject({ name: "member/other" }, WISH);
    const { id } = await rig.access.users.require("member");
    await rig.access.members.set(other, { kind: "user", id }, "admin", WISH);
    const store = await rig.database.project(rig.project.id);
    const { sha256, sizeBytes } = await rig.put("secret of flights");
    const datum = await store.data.add({ name: "a.csv", sha256, sizeBytes, properties: {} }, 1);
    const { store: _, execution } = await rig.startStep();
    const token = { authorization: `Token ${(await limited(rig, other.id)).credential}` };
    for (const path of [`files/${datum.id}/`, `files/${datum.id}/download/`, `runs/${execution.number}/`]) {
      const response = await rig.call({ url: `/api/v0/projects/:project/${path}`, headers: token });
      expect([path, response.statusCode, response.body.includes("secret of flights")]).toEqual([path, 404, false]);
    }
  });
});

/** A token of the member that reaches one project alone. */
async function limited(rig: ServerRig, project: string) {
  const { id: userId } = await rig.access.users.require("member");
  return rig.access.tokens.create({ userId, name: "t", scope: { level: "admin", projects: [project] } }, WISH);
}

describe("an address", () => {
  test.each([
    ["that ends as a picture", `${ME}x.css`],
    ["with a part for a cache", `${ME};x.css`],
    ["with an encoded slash", "/api/v0/users%2Fme/"],
    ["with a step upwards", "/api/v0/projects/../users/me/../../../etc/passwd"],
    ["with an encoded step upwards", "/api/v0/%2e%2e/%2e%2e/etc/passwd"],
    ["with a NUL", "/api/v0/users/%00/"],
    ["with a line break", "/api/v0/users/a%0d%0aset-cookie:%20x=1/"],
    ["that is very long", `/api/v0/users/${"a".repeat(5_000)}/`],
  ])("%s opens nothing, and no cache keeps its answer", async (_, url) => {
    await using rig = await ServerRig.start();
    const response = await rig.call({ url, as: "member" });
    expect(response.statusCode).toBeGreaterThanOrEqual(400);
    expect(response.statusCode).toBeLessThan(500);
    expect(response.headers["cache-control"]).toBe("no-store");
    expect(response.headers["set-cookie"]).toBeUndefined();
    expect(response.body).not.toContain('"username":"member"');
  });

  test("of the caller's own data is kept by no cache, whatever the request says", async () => {
    await using rig = await ServerRig.start();
    for (const headers of [{ "cache-control": "max-age=3600" }, { "x-forwarded-host": "evil.test" }, {}]) {
      const response = await rig.call({ url: ME, as: "member", headers });
      expect([response.statusCode, response.headers["cache-control"]]).toEqual([200, "no-store"]);
      expect(response.body).not.toContain("evil.test");
    }
  });
});

test.each([
  ["a prototype", '{"name":"x","__proto__":{"isAdmin":true}}'],
  ["a constructor", '{"name":"x","constructor":{"prototype":{"isAdmin":true}}}'],
  ["nesting without end", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`],
  ["a list without end", `${"[".repeat(100_000)}`],
  ["half of a surrogate pair", '{"name":"\\ud800"}'],
  ["a number that is none", '{"name":NaN}'],
  ["a name that is a list", '{"name":["x"]}'],
])("a body with %s is answered with 4xx, and changes nothing", async (_, body) => {
  await using rig = await ServerRig.start();
  const headers = { "content-type": "application/json" };
  const response = await rig.call({ method: "POST", url: "/api/v0/teams/", as: "root", body, headers });
  expect(response.statusCode).toBeGreaterThanOrEqual(400);
  expect(response.statusCode).toBeLessThan(500);
  expect(await rig.access.teams.list()).toEqual([]);
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
});
