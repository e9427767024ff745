import { describe, expect, test } from "vitest";
import { WISH } from "../access/fixtures/access-rig.ts";
import { ServerRig } from "./fixtures/server-rig.ts";

describe("projects", () => {
  test("are listed for those who reach them, in pages that name each other", async () => {
    await using rig = await ServerRig.start();
    for (const name of ["a", "b", "c"])
      await rig.call({ method: "POST", url: "/api/v0/projects/", body: { name }, as: "stranger" });
    const list = async (query: string, as: "stranger" | "viewer" | "root") =>
      (await rig.call({ url: `/api/v0/projects/${query}`, as })).json();
    expect(await list("?limit=2", "stranger")).toMatchObject({
      ...{ count: 3, next: "/api/v0/projects/?limit=2&offset=2", previous: null },
      results: [{ name: "a", owner: { username: "stranger" }, role: "admin" }, { name: "b" }],
    });
    expect(await list("?limit=2&offset=2", "stranger")).toMatchObject({
      ...{ next: null, previous: "/api/v0/projects/?limit=2&offset=0", results: [{ name: "c" }] },
    });
    expect(await list("", "viewer")).toMatchObject({ count: 1, results: [{ name: "flights", role: "viewer" }] });
    expect((await list("", "root")).count).toBe(4);
  });

  test("that a server does not serve are not there for it, whatever else is in the database", async () => {
    await using rig = await ServerRig.start({ servesOnlyItsFolder: true });
    const other = await rig.database.installation.createProject({ name: "root/other" }, WISH);
    const list = (await rig.call({ url: "/api/v0/projects/", as: "root" })).json();
    expect(list.results.map(({ id }: { id: string }) => id)).toEqual([rig.project.id]);
    for (const url of [`/api/v0/projects/${other.id}/`, `/api/v0/executions/?project=${other.id}`])
      expect((await rig.call({ url, as: "root" })).statusCode).toBe(404);
    const made = await rig.call({ method: "POST", url: "/api/v0/projects/", body: { name: "made" }, as: "root" });
    expect([made.statusCode, made.json().code]).toEqual([501, "HR_NOT_SUPPORTED"]);
  });

  test("are found by id and by name, and belong to whoever makes them or to a team of theirs", async () => {
    await using rig = await ServerRig.start();
    const byName = await rig.call({ url: "/api/v0/projects/root%2Fflights/", as: "viewer" });
    expect(byName.json()).toEqual({
      ...{ id: rig.project.id, name: "flights", owner: { username: "root" }, role: "viewer" },
      ctime: new Date(rig.project.createdAt).toISOString(),
      description: "",
      execution_summary: expect.objectContaining({ count: 0 }),
      urls: { display: "http://headrace.test:8000/p/root/flights/" },
      environment_variables: {},
    });
    await rig.call({ method: "POST", url: "/api/v0/teams/", body: { name: "scientists" }, as: "root" });
    const create = (owner: string) =>
      rig.call({ method: "POST", url: "/api/v0/projects/", body: { name: "churn", owner }, as: "member" });
    expect((await create("scientists")).json().code).toBe("HR_USAGE");
    await rig.call({ method: "PUT", url: "/api/v0/teams/scientists/members/member/", as: "root" });
    expect((await create("scientists")).json()).toMatchObject({ owner: { username: "scientists" }, role: "admin" });
    expect((await create("scientists")).json().code).toBe("HR_CONFLICT");
    const options = await rig.call({ url: "/api/v0/projects/ownership_options/", as: "member" });
    expect(options.json()).toEqual(["member", "scientists"]);
  });

  test.each(["", "a/b", "../x", "-x", "x".repeat(101), "ä"])("are not called %j", async (name) => {
    await using rig = await ServerRig.start();
    const response = await rig.call({ method: "POST", url: "/api/v0/projects/", body: { name }, as: "member" });
    expect([response.statusCode, response.json().detail]).toEqual([400, `“${name}” cannot be the name of a project`]);
  });

  test("tell a stranger as much as projects that do not exist", async () => {
    await using rig = await ServerRig.start();
    const ask = async (ref: string) =>
      (await rig.call({ url: `/api/v0/projects/${ref}/`, as: "stranger" })).json().detail;
    expect(await ask(rig.project.id)).toBe(`there is no project “${rig.project.id}”`);
    expect(await ask("root%2Fflights")).toBe("there is no project “root/flights”");
    expect(await ask("root%2Fother")).toBe("there is no project “root/other”");
  });

  test("have members, whose changes stand in the audit log", async () => {
    await using rig = await ServerRig.start();
    const url = "/api/v0/projects/:project/members/";
    const set = { method: "PUT", url: `${url}user/stranger/`, body: { role: "member" }, as: "admin" } as const;
    expect((await rig.call(set)).statusCode).toBe(204);
    expect((await rig.call({ url, as: "viewer" })).json()).toContainEqual({
      ...{ kind: "user", id: expect.any(String), name: "stranger", role: "member" },
    });
    expect((await rig.call({ method: "DELETE", url: `${url}user/stranger/`, as: "admin" })).statusCode).toBe(204);
    expect((await rig.call({ method: "DELETE", url: `${url}user/stranger/`, as: "admin" })).statusCode).toBe(404);
    expect((await rig.call({ ...set, body: { role: "king" } })).statusCode).toBe(400);
    const audit = await rig.call({ url: "/api/v0/projects/:project/audit/?limit=100", as: "admin" });
    const last = audit.json().items.slice(-2);
    expect(last).toMatchObject([
      { actor: "user:admin", action: "project.member", project: rig.project.id, detail: { role: "member" } },
      { actor: "user:admin", action: "project.member-remove" },
    ]);
    const page = await rig.call({ url: `/api/v0/audit/?after=${last[0].id - 1}&limit=1`, as: "root" });
    expect(page.json()).toMatchObject({ items: [{ id: last[0].id }], next: last[0].id });
  });
});
