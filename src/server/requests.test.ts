import { describe, expect, test } from "vitest";
import { programVersion } from "../version.ts";
import { ServerRig } from "./fixtures/server-rig.ts";
import { problemPage } from "./pages/problem-page.ts";

const TEAMS = { method: "POST", url: "/api/v0/teams/", as: "root" } as const;

describe("a request that does not fit", () => {
  test.each([
    ["malformed JSON", { ...TEAMS, body: "{", headers: { "content-type": "application/json" } }, 400, "HR_USAGE"],
    ["an empty body", { ...TEAMS, body: "", headers: { "content-type": "application/json" } }, 400, "HR_USAGE"],
    ["another content type", { ...TEAMS, body: "a", headers: { "content-type": "text/csv" } }, 400, "HR_USAGE"],
    ["a wrong type", { ...TEAMS, body: { name: 5 } }, 400, "HR_USAGE"],
    ["a missing field", { ...TEAMS, body: {} }, 400, "HR_USAGE"],
    ["too large a body", { ...TEAMS, body: { name: "x".repeat(2_000_000) } }, 413, "HR_TOO_LARGE"],
    ["a number out of range", { url: "/api/v0/users/?limit=100000", as: "root" }, 400, "HR_USAGE"],
    ["an address that is not there", { url: "/api/v0/nothing/", as: "root" }, 404, "HR_NOT_FOUND"],
    ["a broken escape", { url: "/api/v0/users/%E0%A4%A/", as: "root" }, 400, "HR_USAGE"],
    [
      "a forged token",
      { url: "/api/v0/users/me/", headers: { authorization: "Token hrt_x" } },
      401,
      "HR_NOT_LOGGED_IN",
    ],
    ["another scheme", { url: "/api/v0/users/me/", headers: { authorization: "Basic eDp5" } }, 401, "HR_NOT_LOGGED_IN"],
    ["a foreign name of the host", { url: "/healthz", headers: { host: "evil.test" } }, 400, "HR_USAGE"],
  ] as const)("with %s is answered with a problem that says so", async (_, request, status, code) => {
    await using rig = await ServerRig.start();
    const response = await rig.call(request);
    expect([response.statusCode, response.headers["content-type"]]).toEqual([status, "application/problem+json"]);
    expect(response.json()).toMatchObject({
      ...{ status, code, title: expect.any(String), detail: expect.any(String) },
      requestId: response.headers["x-request-id"],
    });
    expect(rig.log.join("")).not.toContain(rig.tokens.root);
  });

  test("names each field that is wrong", async () => {
    await using rig = await ServerRig.start();
    const response = await rig.call({ ...TEAMS, url: "/api/v0/users/", body: { username: 1, isAdmin: "yes" } });
    expect(response.json().details).toEqual([
      expect.stringMatching(/^username: /),
      expect.stringMatching(/^isAdmin: /),
    ]);
  });

  test("tells nothing of a defect but the id by which the log has it", async () => {
    await using rig = await ServerRig.start();
    await rig.database[Symbol.asyncDispose]();
    const response = await rig.call({ url: "/readyz" });
    expect(response.statusCode).toBeGreaterThanOrEqual(500);
    expect(response.json()).not.toHaveProperty("stack");
    expect(rig.log.some((line) => line.includes(response.json().requestId))).toBe(true);
  });
});

describe("somebody who opened a link that leads nowhere", () => {
  const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

  test("reads what happened on a page", async () => {
    await using rig = await ServerRig.start();
    const response = await rig.call({ url: "/nothing/", headers });
    expect([response.statusCode, response.headers["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
    expect(response.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(response.body).toContain("<h1>There is nothing at GET /nothing/.</h1>");
    expect(response.body).toContain("Begin at the first page of the application.");
  });

  test("is told in text what others have written as markup", () => {
    const markup = '<img src=x onerror="alert(1)">';
    const page = problemPage({
      ...{ title: markup, detail: markup, hint: markup, code: "HR_NOT_FOUND", status: 404, requestId: markup },
      details: [],
    });
    expect(page).not.toContain("<img");
    expect(page).toContain("<p>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;.</p>");
  });

  test("gets JSON of the API, as a program does", async () => {
    await using rig = await ServerRig.start();
    const response = await rig.call({ url: "/api/v0/users/me/", headers });
    expect([response.statusCode, response.json().code]).toEqual([401, "HR_NOT_LOGGED_IN"]);
  });
});

test.each(["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "headrace.test"])("is answered as %s", async (host) => {
  await using rig = await ServerRig.start();
  const response = await rig.call({ url: "/healthz", headers: { host } });
  expect([response.statusCode, response.json()]).toEqual([200, { status: "ok" }]);
  expect(response.headers).toMatchObject({
    "headrace-version": programVersion(),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  });
});

test("the description names every schema once and says how to log in", async () => {
  await using rig = await ServerRig.start();
  const description = (await rig.call({ url: "/api/v0/openapi.json" })).json();
  expect(description.openapi).toBe("3.1.0");
  expect(Object.keys(description.components.schemas)).toEqual(expect.arrayContaining(["User", "Token", "Project"]));
  expect(description.paths["/api/v0/users/me/"].get).toMatchObject({ operationId: "me", tags: ["Account"] });
  expect(description.paths["/healthz"].get.security).toEqual([]);
});

test.each([
  // A token with a mistyped limit would have none.
  ["POST", "/api/v0/users/me/tokens/", { name: "ci", expires_in_days: 1 }],
  ["PATCH", "/api/v0/users/me/", { fullname: "Ada" }],
  ["POST", "/api/v0/users/", { username: "ada", isadmin: true }],
  ["PATCH", "/api/v0/users/viewer/", { disabled: true }],
  ["POST", "/api/v0/teams/", { name: "team", members: ["viewer"] }],
  ["PUT", "/api/v0/projects/:project/members/user/viewer/", { role: "viewer", until: "now" }],
  ["PUT", "/api/v0/projects/:project/variables/", { name: "A", value: "text", secret: false, grp: "g" }],
  ["DELETE", "/api/v0/projects/:project/variables/A/?grp=g", undefined],
  ["GET", "/api/v0/users/?name=ada", undefined],
  ["GET", "/api/v0/projects/?owner=ada", undefined],
] as const)("%s %s refuses a field that it does not know", async (method, url, body) => {
  await using rig = await ServerRig.start();
  const response = await rig.call({ method, url, as: "root", ...(body !== undefined && { body }) });
  expect([response.statusCode, response.json().details.join()]).toEqual([
    400,
    expect.stringMatching("Unrecognized key"),
  ]);
});
