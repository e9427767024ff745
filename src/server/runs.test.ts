import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type CallerName, ServerRig } from "./fixtures/server-rig.ts";

const BASE = "/api/v0/projects/:project";
const REQUEST = { target: "greet", parameters: [], inputs: [], environmentVariables: {} };

/** A run through the API, worked off by an engine of the folder. */
async function run(rig: ServerRig, request: object = REQUEST, as: CallerName = "member"): Promise<number> {
  const plan = await rig.call({ method: "POST", url: `${BASE}/plans/`, body: request, as });
  expect([plan.statusCode, plan.json().warnings]).toEqual([201, expect.any(Array)]);
  const started = await rig.call({
    method: "POST",
    url: `${BASE}/runs/`,
    body: { plan: plan.json().id, tags: ["api"] },
    as,
  });
  expect(started.statusCode).toBe(201);
  await rig.folder.driving.runEngine({
    ...{ exitWhenIdle: true, signal: AbortSignal.timeout(240_000), onNotice: () => undefined },
  });
  return started.json().number;
}

describe("a run through the API", () => {
  test("is planned, started, worked off, and told of: states, files, metrics, logs, who wanted it", async () => {
    await using rig = await ServerRig.start();
    const number = await run(rig);
    const get = async (path: string) => (await rig.call({ url: `${BASE}${path}`, as: "viewer" })).json();
    expect(await get(`/runs/${number}/`)).toMatchObject({ number, name: "greet", state: "complete", tags: ["api"] });
    expect((await get("/runs/?states=complete&tags=api&limit=5")).items).toMatchObject([{ number }]);
    expect((await get("/runs/?states=error")).items).toEqual([]);
    expect((await get(`/runs/latest/nodes/`)).items).toMatchObject([{ name: "greet", state: "complete" }]);
    const { items: executions } = await get("/executions/?sort=auc&where=auc%20%3E%200");
    expect(executions).toMatchObject([{ step: "greet", state: "complete" }]);
    expect((await get(`/metrics/?refs=${number}`)).items).toMatchObject([{ key: "auc", last: 0.5 }]);
    const { items: files } = await get(`/records/${number}/outputs/`);
    expect(files).toMatchObject([{ name: "a.txt", sizeBytes: 5 }]);
    const content = await rig.call({ url: `${BASE}/files/${files[0].id}/content/`, as: "viewer" });
    expect([content.body, content.headers["content-disposition"]]).toEqual([
      ...["text\n", `attachment; filename="a.txt"; filename*=UTF-8''a.txt`],
    ]);
    expect((await rig.call({ url: `${BASE}/records/${number}/log/`, as: "viewer" })).body).toContain("hello world\n");
    const { items: events } = await get("/events/?limit=100");
    expect(events.find(({ body }: { body: { kind: string } }) => body.kind === "run-created")).toMatchObject({
      actor: "user:member",
    });
    expect((await get("/configuration/graph/?pipeline=daily")).nodes).toMatchObject([{ name: "first" }]);
  });

  test("a second one is foreseen to be reused, and why tells so", async () => {
    await using rig = await ServerRig.start();
    await run(rig);
    const plan = await rig.call({ method: "POST", url: `${BASE}/plans/`, body: REQUEST, as: "member" });
    const foresight = await rig.call({ url: `${BASE}/plans/${plan.json().id}/foresight/`, as: "member" });
    expect(foresight.json().predictions).toMatchObject([{ outcome: "reuse" }]);
    const second = await run(rig);
    const why = await rig.call({ url: `${BASE}/records/${second}/why/`, as: "viewer" });
    expect(why.json()).toMatchObject({ items: [{ outcome: "reused" }], next: null });
    const compared = await rig.call({ url: `${BASE}/compare/?refs=1&refs=${second}`, as: "viewer" });
    expect(compared.json()).toMatchObject({ missing: [] });
  });

  test("waits for a person with the right, who is named in the records", async () => {
    await using rig = await ServerRig.start();
    const plan = await rig.call({
      ...{ method: "POST", url: `${BASE}/plans/`, body: { ...REQUEST, target: "guarded" }, as: "member" },
    });
    await rig.call({ method: "POST", url: `${BASE}/runs/`, body: { plan: plan.json().id }, as: "member" });
    const ended = new AbortController();
    const working = rig.folder.driving.runEngine({
      ...{ exitWhenIdle: true, signal: ended.signal, onNotice: () => undefined },
    });
    try {
      const asked = async () => (await rig.call({ url: `${BASE}/runs/1/nodes/`, as: "viewer" })).json().items[0];
      while ((await asked()).waitingFor?.kind !== "approval") await delay(50);
      const decide = (as: CallerName, node = "first") =>
        rig.call({
          ...{ method: "POST", url: `${BASE}/runs/1/nodes/${node}/approval/`, as },
          body: { decision: "approved", comment: "looks right" },
        });
      expect((await decide("viewer")).json().code).toBe("HR_FORBIDDEN");
      expect((await decide("member", "other")).json().code).toBe("HR_NOT_FOUND");
      expect((await decide("member")).json()).toMatchObject({ decision: "approved", actor: "user:member" });
      expect((await decide("admin")).json().code).toBe("HR_CONFLICT");
      await working;
      expect(await asked()).toMatchObject({ state: "complete", waitingFor: null });
    } finally {
      ended.abort();
      await working;
    }
  });

  test.each([
    ["an unknown step", { ...REQUEST, target: "nothing" }, 404, "HR_UNKNOWN_TARGET"],
    ["an unknown parameter", { ...REQUEST, parameters: [{ name: "x", values: ["1"] }] }, 422, "HR_PLAN_INVALID"],
    ["an unknown field", { ...REQUEST, surprise: 1 }, 400, "HR_USAGE"],
    ["a text for a list", { ...REQUEST, parameters: "x" }, 400, "HR_USAGE"],
  ])("with %s is refused, and nothing is recorded", async (_, body, status, code) => {
    await using rig = await ServerRig.start();
    const response = await rig.call({ method: "POST", url: `${BASE}/plans/`, body, as: "member" });
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    expect((await rig.call({ url: `${BASE}/runs/`, as: "viewer" })).json().items).toEqual([]);
  });

  test.each([
    ["/runs/?limit=0", 400],
    ["/runs/?limit=x", 400],
    ["/runs/?state=complete", 400],
    ["/runs/?states=x'%20or%201%3D1--", 400],
    ["/runs/?where=nonsense%20%3E%3E", 400],
    ["/runs/?after=x", 400],
    ["/runs/99/", 404],
    ["/runs/..%2F..%2Fetc/", 400],
    ["/files/..%2F..%2Fetc%2Fpasswd/content/", 404],
    ["/executions/1.nothing/log/follow/", 404],
    ["/events/?after=x", 400],
    ["/events/follow/?after=x", 400],
    ["/events/follow/?run=99", 404],
    ["/records/99/log/lines/follow/", 404],
    ["/records/1/log/lines/follow/?matching=(", 400],
    ["/records/1/log/lines/?from=x", 400],
    ["/records/1/log/lines/?tail=-1", 400],
  ])("what %s asks is answered with %i", async (path, status) => {
    await using rig = await ServerRig.start();
    await run(rig);
    const response = await rig.call({ url: `${BASE}${path}`, as: "viewer" });
    expect([response.statusCode, response.headers["content-type"]]).toEqual([status, "application/problem+json"]);
  });
});

/** Reads a stream of events over a real connection, until `enough` or its end. */
async function readEvents(
  rig: ServerRig,
  path: string,
  { lastId, enough }: { readonly lastId?: string; readonly enough: (text: string) => boolean },
): Promise<string> {
  const { port } = rig.app.server.address() as AddressInfo;
  const request = httpRequest({
    ...{ port, path: `${BASE}${path}`.replace(":project", rig.project.id) },
    headers: { authorization: `Token ${rig.tokens.viewer}`, ...(lastId !== undefined && { "last-event-id": lastId }) },
  });
  request.end();
  const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
  let text = "";
  for await (const chunk of response) {
    text += String(chunk);
    if (enough(text)) break;
  }
  request.destroy();
  return text;
}

const idsIn = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

test("a download goes on where it was cut off, and tells what it is of", async () => {
  await using rig = await ServerRig.start();
  await run(rig);
  const [file] = (await rig.call({ url: `${BASE}/records/1/outputs/`, as: "viewer" })).json().items;
  const get = (headers: Record<string, string>) =>
    rig.call({ url: `${BASE}/files/${file.id}/content/`, as: "viewer", headers });
  const whole = await get({});
  expect([whole.statusCode, whole.body, whole.headers["accept-ranges"], whole.headers.etag]).toEqual([
    ...[200, "text\n", "bytes", `"${file.sha256}"`],
  ]);
  const part = await get({ range: "bytes=2-", "if-range": `"${file.sha256}"` });
  expect([part.statusCode, part.body, part.headers["content-range"], part.headers["content-length"]]).toEqual([
    ...[206, "xt\n", "bytes 2-4/5", "3"],
  ]);
  expect((await get({ range: "bytes=2-", "if-range": '"of another file"' })).body).toBe("text\n");
  const outside = await get({ range: "bytes=5-" });
  expect([outside.statusCode, outside.json().code, outside.headers["content-range"]]).toEqual([
    ...[416, "HR_RANGE", "bytes */5"],
  ]);
});

describe("streams", () => {
  test("of events give the past and go on; who comes back gets what follows, each once", async () => {
    await using rig = await ServerRig.start();
    await rig.app.listen({ port: 0, host: "127.0.0.1" });
    await run(rig);
    const done = (text: string) => text.includes('"run-state"') && text.includes('"complete"');
    const first = await readEvents(rig, "/events/follow/", { enough: done });
    const ids = idsIn(first);
    expect(ids.length).toBeGreaterThan(3);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    const half = ids[1] ?? 0;
    const rest = await readEvents(rig, "/events/follow/", { lastId: String(half), enough: done });
    expect(idsIn(rest)).toEqual(ids.filter((id) => id > half));
    const live = readEvents(rig, "/events/follow/?kinds=run-labelled", { enough: (text) => text.includes("later") });
    await rig.call({ method: "PATCH", url: `${BASE}/runs/1/`, body: { title: "later" }, as: "member" });
    expect(await live).toContain('"title":"later"');
  });

  test("of a log end with it, and go on after the last line that was seen", async () => {
    await using rig = await ServerRig.start();
    await rig.app.listen({ port: 0, host: "127.0.0.1" });
    const number = await run(rig);
    const whole = await readEvents(rig, `/executions/${number}.greet/log/follow/`, { enough: () => false });
    expect(whole).toContain("hello world");
    expect(whole).toContain("event: end\n");
    const lines = `/records/${number}/log/lines/`;
    const page = await rig.call({ url: `${BASE}${lines}?limit=1`, as: "viewer" });
    expect(page.json()).toMatchObject({ lines: [{ text: "hello world" }], next: expect.any(String) });
    for (const path of [`/executions/${number}.greet/log/follow/`, `${lines}follow/`]) {
      const rest = await readEvents(rig, path, { lastId: page.json().next, enough: () => false });
      expect(rest).not.toContain("hello world");
      expect(rest).toContain("auc");
      expect(rest).toContain("event: end\n");
      expect(await readEvents(rig, path, { lastId: "x", enough: () => false })).toMatch(
        /\nevent: problem\ndata: \{.*"code":"HR_USAGE"/,
      );
    }
  });

  test("end when the server stops, so that it need not wait for their readers", async () => {
    await using rig = await ServerRig.start();
    await rig.app.listen({ port: 0, host: "127.0.0.1" });
    const begun = Promise.withResolvers<void>();
    const stream = readEvents(rig, "/events/follow/", {
      enough: () => {
        begun.resolve();
        return false;
      },
    });
    await begun.promise;
    await rig.app.close();
    expect(await stream).toContain("retry: 1000");
  });
});
