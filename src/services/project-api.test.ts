import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type TestServer, whyNoPostgres } from "../store/postgres/test-server.ts";
import { ProjectResources } from "./installation/project-resources.ts";
import { findProject } from "./local/find-project.ts";
import { projectApi } from "./project-api.ts";
import { testProjectApi } from "./project-api-conformance.ts";

testProjectApi("SQLite", () => ({ HEADRACE_DATABASE_URL: "" }));

describe.skipIf(whyNoPostgres() !== undefined)("with a server", () => {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  testProjectApi("PostgreSQL", () => ({ HEADRACE_DATABASE_URL: server?.url ?? "" }));
});

test("in a project in which nothing has run, lists are empty and nothing is made by asking", async () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-api-"));
  try {
    writeFileSync(join(folder, "valohai.yaml"), "- step: {name: a, image: none, command: 'true'}\n");
    const env = { ...process.env, HEADRACE_DATABASE_URL: "" };
    await using project = ProjectResources.ofFolder(findProject({ cwd: folder }), { env, sandbox: "off" });
    const api = projectApi({ actor: "local:ada", project, now: Date.now });
    const limit = 5;
    const none = { items: [], next: null };
    expect(await api.runs.list({ limit })).toMatchObject(none);
    expect(await api.executions.list({ limit })).toMatchObject(none);
    expect(await api.data.list({ limit })).toEqual(none);
    expect(await api.events.list({ limit })).toEqual({ items: [], next: "0" });
    expect(await api.runs.listAbandoned()).toEqual([]);
    await expect(api.records.get("latest")).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    const { id } = await api.plans.create({ target: "a", parameters: [], inputs: [], environmentVariables: {} });
    expect((await api.plans.foresee(id)).predictions).toMatchObject([{ outcome: "run" }]);
    expect(project.hasState()).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
