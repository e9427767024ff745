import fastify from "fastify";
import { expect, test } from "vitest";
import { ServerRig } from "../fixtures/server-rig.ts";
import { RecentFailures } from "./recent-failures.ts";

test("an administrator sees how the server does, and nobody else", async () => {
  await using rig = await ServerRig.start();
  const answer = await rig.call({ url: "/api/v0/server/health/", as: "root" });
  expect(answer.statusCode, answer.body).toBe(200);
  expect(answer.json()).toMatchObject({
    ...{ version: expect.any(String), disk: null, engines: [], problems: [] },
    database: { kind: "file", schema: expect.any(Number), sizeBytes: expect.any(Number) },
    work: { runs: { created: 0 }, executions: { queued: 0 }, oldestQueuedAt: null },
  });
  expect(answer.json().database.sizeBytes).toBeGreaterThan(10_000);
  const { execution } = await rig.startStep();
  expect(execution.number).toBeGreaterThan(0);
  const busy = (await rig.call({ url: "/api/v0/server/health/", as: "root" })).json();
  expect(busy.work.executions.started + busy.work.executions.queued).toBe(1);
  for (const as of ["admin", "viewer"] as const)
    expect((await rig.call({ url: "/api/v0/server/health/", as })).statusCode).toBe(403);
});

test("requests that the server failed to answer are told without what they named, the newest first", async () => {
  const app = fastify();
  const failures = new RecentFailures(app, () => 7);
  app.get("/things/:thing/", async (request, reply) =>
    reply.code(Number((request.params as { readonly thing: string }).thing)).send("answer"),
  );
  for (const status of [200, 404, 500, 501, 503]) await app.inject(`/things/${status}/?name=secret`);
  const common = { at: 7, method: "GET", route: "/things/:thing/", requestId: expect.any(String) };
  expect(failures.list()).toEqual([
    { ...common, status: 503 },
    { ...common, status: 500 },
  ]);
  for (let count = 0; count < 60; count++) await app.inject("/things/500/");
  expect(failures.list()).toHaveLength(50);
  await app.close();
});

test("whoever configures the project sees what could be cleared up; every reader what is stored", async () => {
  await using rig = await ServerRig.start();
  const { sha256, sizeBytes } = await rig.put("the same content");
  const records = await rig.database.project(rig.project.id);
  for (const name of ["a.txt", "b.txt"])
    await records.data.add({ name, sha256, sizeBytes, properties: {} }, Date.now());
  const storage = await rig.call({ url: "/api/v0/projects/:project/storage/", as: "viewer" });
  expect(storage.json()).toEqual({
    made: { count: 0, sizeBytes: 0 },
    fetched: { count: 2, sizeBytes: 32 },
    contents: { count: 1, sizeBytes: 16 },
  });
  const garbage = await rig.call({ url: "/api/v0/projects/:project/garbage/", as: "admin" });
  expect(garbage.statusCode, garbage.body).toBe(200);
  expect(garbage.json()).toMatchObject({ applied: false, runs: [] });
  expect((await records.data.measure()).fetched.count).toBe(2);
  expect((await rig.call({ url: "/api/v0/projects/:project/garbage/", as: "member" })).statusCode).toBe(403);
  const clearUp = { method: "POST", url: "/api/v0/projects/:project/garbage/" } as const;
  expect((await rig.call({ ...clearUp, as: "member" })).statusCode).toBe(403);
  const cleared = await rig.call({ ...clearUp, as: "admin" });
  expect(cleared.statusCode, cleared.body).toBe(200);
  expect(cleared.json()).toMatchObject({ applied: true });
});
