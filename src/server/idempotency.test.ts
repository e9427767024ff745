import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { buildServer } from "./build-server.ts";
import { PASSWORD, type Request, ServerRig } from "./fixtures/server-rig.ts";

const BASE = "/api/v0/projects/:project";
const PLAN = { target: "greet", parameters: [], inputs: [], environmentVariables: {} };

async function planned(rig: ServerRig): Promise<string> {
  return (await rig.call({ method: "POST", url: `${BASE}/plans/`, body: PLAN, as: "member" })).json().id;
}

function create(key: string, change: Partial<Request> = {}): Request {
  return {
    ...{ method: "POST", url: "/api/v0/projects/", body: { name: "made" }, as: "member" },
    headers: { "idempotency-key": key },
    ...change,
  };
}

describe("an idempotency key", () => {
  test("makes the same request count once, and its answer is the same", async () => {
    await using rig = await ServerRig.start();
    const first = await rig.call(create("a"));
    const again = await rig.call(create("a"));
    expect([first.statusCode, again.statusCode, again.body]).toEqual([201, 201, first.body]);
    expect([first.headers["idempotent-replayed"], again.headers["idempotent-replayed"]]).toEqual([undefined, "true"]);
    expect((await rig.call(create("b"))).json().code).toBe("HR_CONFLICT");
  });

  test("holds over a start of the server, and for a run", async () => {
    await using rig = await ServerRig.start();
    const start = async (app = rig.app) => {
      const plan = await rig.call({ method: "POST", url: `${BASE}/plans/`, body: PLAN, as: "member" });
      return { plan: plan.json().id, app };
    };
    const { plan } = await start();
    const request = create("run", { url: `${BASE}/runs/`, body: { plan } });
    const first = await rig.call(request);
    expect(first.statusCode).toBe(201);
    const restarted = await buildServer({
      ...{ database: rig.database, access: rig.access, now: () => rig.clock.now, trustedProxies: [] },
      ...{ publicUrl: "http://headrace.test:8000", projects: async (_, asker) => rig.folder.apiFor(asker) },
      valohai: async (_, asker) => rig.folder.valohaiFor(asker),
      hideSecrets: (_, text) => rig.folder.hideSecrets(text),
    });
    const again = await restarted.inject({
      ...{ method: "POST", url: request.url.replace(":project", rig.project.id), payload: { plan } },
      headers: { host: "headrace.test:8000", authorization: `Token ${rig.tokens.member}`, "idempotency-key": "run" },
    });
    expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
    expect((await rig.call({ url: `${BASE}/runs/`, as: "viewer" })).json().items).toHaveLength(1);
    await restarted.close();
  });

  test("belongs to one request of one actor", async () => {
    await using rig = await ServerRig.start();
    await rig.call(create("a"));
    const other = await rig.call(create("a", { body: { name: "other" } }));
    expect([other.statusCode, other.json().detail]).toEqual([
      ...[409, "this idempotency key belongs to another request"],
    ]);
    expect((await rig.call(create("a", { as: "viewer" }))).json()).toMatchObject({ owner: { username: "viewer" } });
  });

  test("is free again after a request that was refused, and after a day", async () => {
    await using rig = await ServerRig.start();
    expect((await rig.call(create("a", { body: { name: "/" } }))).statusCode).toBe(400);
    expect((await rig.call(create("a"))).statusCode).toBe(201);
    rig.clock.now += 24 * 3_600_000 + 1;
    expect((await rig.call(create("a", { body: { name: "next" } }))).statusCode).toBe(201);
  });

  test("whose request the server did not outlive is told so, and never carried out again", async () => {
    await using rig = await ServerRig.start();
    await rig.call(create("a"));
    await rig.database.installation.scope.change(async ({ queries }) => {
      await queries.run({ text: "update kept_answers set status = null, body = null, server = 'before'" }, {});
    });
    expect((await rig.call(create("a"))).json().detail).toBe("the same request is being answered");
    rig.clock.now += 3_600_000;
    expect((await rig.call(create("a"))).json()).toMatchObject({
      ...{ status: 409, detail: "the server ended while it answered this request" },
    });
  });

  describe("whose server was killed before it had answered", () => {
    /** As the records stand where the request was carried out and the process died before it noted its answer. */
    const die = async (rig: ServerRig, hasHappened: () => Promise<unknown>) => {
      await hasHappened();
      await rig.database.installation.scope.change(async ({ queries }) => {
        // A process of this machine that is not there: the number of a process has an end.
        const dead =
          "substr(server, 1, instr(server, '~') - 1) || '~-~4194305~1' || substr(server, instr(server, ' '))";
        await queries.run({ text: `update kept_answers set status = null, body = null, server = ${dead}` }, {});
      });
    };

    test("is carried out again, and a project, a user or a token is there once", async () => {
      await using rig = await ServerRig.start();
      const user = create("u", { url: "/api/v0/users/", body: { username: "new", password: PASSWORD }, as: "root" });
      const token = create("t", { url: "/api/v0/users/me/tokens/", body: { name: "ci" } });
      for (const request of [create("a"), user, token]) {
        const first: { id: string }[] = [];
        await die(rig, async () => first.push((await rig.call(request)).json()));
        const again = await rig.call(request);
        expect([again.statusCode, again.json().id]).toEqual([201, first[0]?.id]);
      }
      const tokens = (await rig.call({ url: "/api/v0/users/me/tokens/", as: "member" })).json();
      expect(tokens.map(({ name }: { name: string }) => name).toSorted()).toEqual(["ci", "t"]);
      const projects = (await rig.call({ url: "/api/v0/projects/", as: "member" })).json();
      expect(projects.results.filter(({ name }: { name: string }) => name === "made")).toMatchObject([
        { role: "admin" },
      ]);
    });

    test("starts no second run", async () => {
      await using rig = await ServerRig.start();
      await rig.call({ method: "POST", url: `${BASE}/runs/`, body: { plan: await planned(rig) }, as: "member" });
      const known = await rig.call({ url: `${BASE}/runs/`, as: "viewer" });
      const plan = await rig.call({
        method: "POST",
        url: `${BASE}/plans/`,
        body: { ...PLAN, fresh: true },
        as: "member",
      });
      const run = create("run", { url: `${BASE}/runs/`, body: { plan: plan.json().id } });
      const body = {
        project: rig.project.id,
        step: "greet",
        commit: known.json().items[0].commit,
        inputs: {},
        parameters: {},
      };
      const execution = create("execution", { url: "/api/v0/executions/", body });
      for (const request of [run, execution]) {
        const first: { id: string }[] = [];
        await die(rig, async () => first.push((await rig.call(request)).json()));
        const again = await rig.call(request);
        expect([again.statusCode, again.json()]).toEqual([201, first[0]]);
        expect((await rig.call({ ...request, headers: { "idempotency-key": "other" } })).statusCode).toBe(
          request === run ? 404 : 201,
        );
      }
      expect((await rig.call({ url: `${BASE}/runs/`, as: "viewer" })).json().items).toHaveLength(4);
    });

    test("is refused where it is not known what another time would do", async () => {
      await using rig = await ServerRig.start();
      const team = create("t", { url: "/api/v0/teams/", body: { name: "made" }, as: "root" });
      await die(rig, () => rig.call(team));
      expect((await rig.call(team)).json().detail).toBe("the server ended while it answered this request");
    });
  });

  test("keeps nothing by which a password could be guessed", async () => {
    await using rig = await ServerRig.start();
    const body = { username: "new", password: PASSWORD };
    await rig.call(create("u", { url: "/api/v0/users/", body, as: "root" }));
    const [row] = await rig.database.installation.scope.database.all<Record<string, never>, { request: string }>(
      { text: "select request from kept_answers" },
      {},
    );
    const quick = createHash("sha256")
      .update(JSON.stringify(["POST", "/api/v0/users/", body]))
      .digest("hex");
    expect(row?.request).not.toBe(quick);
    expect((await rig.call(create("u", { url: "/api/v0/users/", body, as: "root" }))).statusCode).toBe(201);
  });

  test("of two requests at once lets one through", async () => {
    await using rig = await ServerRig.start();
    const answers = await Promise.all([1, 2, 3].map(() => rig.call(create("a"))));
    expect(answers.filter(({ statusCode }) => statusCode === 201).length).toBeGreaterThan(0);
    const projects = (await rig.call({ url: "/api/v0/projects/", as: "member" })).json();
    expect(projects.results.filter(({ name }: { name: string }) => name === "made")).toHaveLength(1);
  });

  test("does not have a secret kept", async () => {
    await using rig = await ServerRig.start();
    const request = create("t", { url: "/api/v0/users/me/tokens/", body: { name: "ci" } });
    const { token } = (await rig.call(request)).json();
    const again = await rig.call(request);
    expect([again.statusCode, again.json().code]).toEqual([409, "HR_CONFLICT"]);
    expect((await rig.call({ url: "/api/v0/users/me/tokens/", as: "member" })).json()).toHaveLength(2);
    expect(token).toMatch(/^hrt_/);
  });

  test.each(["", " ", "ä", "x".repeat(256)])("of the form %j is refused", async (key) => {
    await using rig = await ServerRig.start();
    expect((await rig.call(create(key))).json().code).toBe("HR_USAGE");
  });
});
