import { describe, expect, test } from "vitest";
import { createKeyLine } from "../secrets/index.ts";
import { type CallerName, ServerRig } from "./fixtures/server-rig.ts";

// Not the keys of whoever runs the tests.
process.env.HEADRACE_SECRETS_KEY = createKeyLine();

const SECRET = "hunter2-hunter2";

describe("variables of a project", () => {
  test("are set, shown and removed as Valohai's clients do it, and the secret is told to nobody", async () => {
    await using rig = await ServerRig.start();
    const url = `/api/v0/projects/${rig.project.id}/environment_variable/`;
    const set = (body: object) => rig.call({ method: "POST", url, body, as: "admin" });
    expect((await set({ name: "REGION", value: "eu", secret: false })).json()).toEqual({
      name: "REGION",
      secret: false,
    });
    const answer = await set({ name: "TOKEN", value: SECRET, secret: true });
    expect([answer.statusCode, answer.json()]).toEqual([201, { name: "TOKEN", secret: true }]);
    const detail = await rig.call({ url: `/api/v0/projects/${rig.project.id}/`, as: "viewer" });
    expect(detail.json().environment_variables).toEqual({
      REGION: { value: "eu", secret: false },
      TOKEN: { value: null, secret: true },
    });
    expect((await rig.call({ method: "DELETE", url, body: { name: "REGION" }, as: "admin" })).statusCode).toBe(204);
    expect((await rig.call({ method: "DELETE", url, body: { name: "REGION" }, as: "admin" })).statusCode).toBe(404);
    const list = await rig.call({ url: `/api/v0/projects/${rig.project.id}/variables/`, as: "viewer" });
    expect(list.json()).toMatchObject([{ name: null, variables: [{ name: "TOKEN", secret: true, value: null }] }]);
    const audit = await rig.call({ url: `/api/v0/projects/${rig.project.id}/audit/`, as: "admin" });
    expect(audit.body).toContain("variable.set");
    expect([answer, detail, list, audit].filter(({ body }) => body.includes(SECRET))).toEqual([]);
  });

  test.each([
    [{ name: "1A", value: "x", secret: false }, "“1A” cannot be the name of a variable"],
    [{ name: "TOKEN", value: "short", secret: true }, "TOKEN has fewer than 6 characters, too few for a secret"],
  ])("%j is refused", async (body, detail) => {
    await using rig = await ServerRig.start();
    const url = `/api/v0/projects/${rig.project.id}/environment_variable/`;
    const answer = await rig.call({ method: "POST", url, body, as: "admin" });
    expect([answer.statusCode, answer.json().detail]).toEqual([400, detail]);
  });
});

test("groups of the server are used by all projects, and set by its administrators alone", async () => {
  await using rig = await ServerRig.start();
  const variables = `/api/v0/projects/${rig.project.id}/variables/`;
  const wish = { name: "REGION", value: "north", secret: false, group: "aws", shared: true };
  const set = async (as: CallerName, body: object) => await rig.call({ method: "PUT", url: variables, as, body });
  expect((await set("admin", wish)).statusCode).toBe(403);
  expect((await set("root", { ...wish, group: "" })).statusCode).toBe(400);
  expect((await set("root", wish)).statusCode).toBe(200);
  expect((await set("root", { ...wish, name: "KEY", value: "swordfish", secret: true })).statusCode).toBe(200);
  const listed = (await rig.call({ url: variables, as: "viewer" })).json();
  expect(listed).toContainEqual(
    expect.objectContaining({ name: "aws", shared: true, variables: [expect.anything(), expect.anything()] }),
  );
  expect(JSON.stringify(listed)).not.toContain("swordfish");
  const group = `/api/v0/projects/${rig.project.id}/variable-groups/aws/`;
  const remove = async (as: CallerName, query: string) =>
    (await rig.call({ method: "DELETE", url: `${group}${query}`, as })).statusCode;
  // The project has no group of its own of this name.
  expect([
    await remove("admin", "?shared=true"),
    await remove("admin", ""),
    await remove("root", "?shared=true"),
  ]).toEqual([403, 404, 204]);
  const audit = (await rig.call({ url: "/api/v0/audit/?action=variable&limit=100", as: "root" })).json();
  expect(audit.items.length).toBeGreaterThan(2);
  expect(audit.items.every(({ project }: { project: string | null }) => project === null)).toBe(true);
});
