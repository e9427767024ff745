import { describe, expect, test } from "vitest";
import { type CallerName, type Request, ServerRig } from "./fixtures/server-rig.ts";

/** The rig's project with a run in it, whose code has a name, and what works for it. */
class ValohaiRig implements AsyncDisposable {
  readonly rig: ServerRig;
  readonly commit: string;

  private constructor(rig: ServerRig, commit: string) {
    this.rig = rig;
    this.commit = commit;
  }

  static async start(): Promise<ValohaiRig> {
    const rig = await ServerRig.start();
    const { id } = await rig.folder.api.plans.create({
      ...{ target: "greet", parameters: [], inputs: [], environmentVariables: {} },
    });
    const { commit } = await rig.folder.api.runs.start(id, {});
    return new ValohaiRig(rig, commit);
  }

  async call(method: NonNullable<Request["method"]>, path: string, body?: object, as: CallerName = "member") {
    const response = await this.rig.call({
      ...{ method, as, url: `/api/v0/${path}` },
      ...(body !== undefined && { body }),
    });
    return { status: response.statusCode, json: response.body === "" ? undefined : response.json() };
  }

  /** `PROJECT:COUNTER` */
  of(counter: number | string): string {
    return `${this.rig.project.id}:${counter}`;
  }

  newExecution(change: object = {}): object {
    return { project: this.rig.project.id, commit: this.commit, step: "greet", ...change };
  }

  async work(): Promise<void> {
    await this.rig.folder.driving.runEngine({
      ...{ exitWhenIdle: true, signal: AbortSignal.timeout(240_000), onNotice: () => undefined },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
  }
}

describe("an execution in Valohai's shapes", () => {
  test("has its counter and id at once, runs, and tells what it made", async () => {
    await using valohai = await ValohaiRig.start();
    await valohai.work();
    const created = await valohai.call("POST", "executions/", {
      ...valohai.newExecution({ parameters: { who: "vh" }, tags: ["a", "b"], title: "first" }),
      ...{ inputs: {}, environment_variables: { MODE: "fast" }, runtime_config: {} },
    });
    expect([created.status, created.json]).toEqual([
      201,
      expect.objectContaining({ status: "created", step: "greet", title: "first", tags: ["a", "b"] }),
    ]);
    const { id, counter, url } = created.json;
    const before = await valohai.call("GET", `executions/${valohai.of(counter)}/`);
    expect(before.json).toMatchObject({ id, counter, parameters: { who: "vh" }, creator: { username: "member" } });
    await valohai.work();
    expect(new URL(url).pathname).toBe(`/api/v0/executions/${id}/`);
    for (const ref of [id, valohai.of(counter), valohai.of("latest")]) {
      const { json } = await valohai.call("GET", `executions/${ref}/`, undefined, "viewer");
      expect(json).toMatchObject({
        ...{ id, counter, status: "complete", exit_code: 0, cumulative_metadata: { auc: 0.5 } },
        ...{ environment_variables: { MODE: "fast" }, outputs: [{ name: "a.txt", size: 5 }] },
        project: { id: valohai.rig.project.id, name: "flights", owner: { username: "root" } },
        commit: { identifier: valohai.commit, adhoc: true },
      });
    }
    const { json: log } = await valohai.call("GET", `executions/${id}/events/?limit=100`);
    expect(log.events).toContainEqual({ time: expect.any(String), stream: "stdout", message: "hello vh" });
    expect(log.events.map(({ message }: { message: string }) => message)).toContain("complete");
    expect(log).toMatchObject({ total: log.events.length, truncated: false });
    const keys = log.events.map(({ time, stream, message }: Record<string, string>) => `${stream}${time}${message}`);
    expect(new Set(keys).size).toBe(keys.length);
    const last = await valohai.call("GET", `executions/${id}/events/?limit=1`);
    expect(last.json).toMatchObject({ truncated: true, events: [log.events.at(-1)] });
    expect((await valohai.call("GET", `executions/${id}/metadata/`)).json.results).toMatchObject([{ auc: 0.5 }]);
    const parts = await valohai.call("GET", `executions/${id}/?exclude=outputs`);
    expect([parts.json.outputs, parts.json.metadata?.length, parts.json.events?.length]).toEqual([
      ...[undefined, 1, log.total],
    ]);
  });

  test("is listed with filters and pages", async () => {
    await using valohai = await ValohaiRig.start();
    await valohai.work();
    const made = [];
    for (const tags of [["x"], ["y"], ["x", "y"]])
      made.push((await valohai.call("POST", "executions/", valohai.newExecution({ tags }))).json.counter);
    const list = async (query: string) => {
      const { json } = await valohai.call("GET", `executions/?project=${valohai.rig.project.id}&${query}`);
      return [json.count, ...json.results.map(({ counter }: { counter: number }) => counter)];
    };
    const [a, b, c] = made;
    expect(await list("limit=9001&ordering=-counter&deleted=false")).toEqual([4, c, b, a, 2]);
    expect(await list("limit=2&ordering=counter")).toEqual([4, 2, a]);
    expect(await list("limit=2&offset=1&ordering=counter")).toEqual([4, a, b]);
    expect(await list("limit=2&offset=2")).toEqual([4, a, 2]);
    expect(await list("status=incomplete")).toEqual([3, c, b, a]);
    expect(await list("status=complete&status=crashed")).toEqual([1, 2]);
    expect(await list("status=crashed")).toEqual([0]);
    expect(await list(`counter=${a}&counter=2&counter=99`)).toEqual([2, a, 2]);
    expect(await list("tag=x&tag=y")).toEqual([1, c]);
    expect(await list("creator=member")).toEqual([3, c, b, a]);
    expect(await list("creator=nobody")).toEqual([0]);
    expect(await list("deleted=True")).toEqual([0]);
    const refused = await valohai.call("GET", `executions/?project=${valohai.rig.project.id}&statuses=error`);
    expect([refused.status, refused.json.code]).toEqual([400, "HR_USAGE"]);
    expect((await valohai.call("GET", "executions/")).json.detail).toBe("the request names no project");
    const { json } = await valohai.call("GET", `projects/${valohai.rig.project.id}/`);
    expect(json.execution_summary).toMatchObject({ count: 4, created_count: 3, complete_count: 1 });
  });

  test("is stopped before it begins, copied, tagged and removed", async () => {
    await using valohai = await ValohaiRig.start();
    const { json: made } = await valohai.call("POST", "executions/", valohai.newExecution({ title: "t" }));
    const ref = valohai.of(made.counter);
    expect((await valohai.call("POST", `executions/${ref}/copy/`)).json.code).toBe("HR_CONFLICT");
    expect((await valohai.call("POST", `executions/${ref}/stop/`)).json.detail).toBe("it is asked to stop");
    await valohai.work();
    expect((await valohai.call("GET", `executions/${ref}/`)).json.status).toBe("stopped");
    const source = await valohai.call("POST", "executions/", valohai.newExecution({ parameters: { who: "ada" } }));
    await valohai.work();
    const copy = await valohai.call("POST", `executions/${source.json.id}/copy/`);
    expect([copy.status, copy.json.parameters]).toEqual([201, { who: "ada" }]);
    expect(copy.json.counter).toBeGreaterThan(source.json.counter);
    await valohai.work();
    const tags = `executions/${copy.json.id}/tags/`;
    expect((await valohai.call("PUT", tags, { tags: ["a", "b"] })).json).toEqual({ tags: ["a", "b"] });
    expect((await valohai.call("POST", tags, { tags: ["c"] })).json).toEqual({ tags: ["a", "b", "c"] });
    expect((await valohai.call("PUT", tags, { tags: ["b"] }, "viewer")).status).toBe(403);
    for (const id of [copy.json.id, made.id]) {
      expect((await valohai.call("DELETE", `executions/${id}/`)).status).toBe(204);
      expect((await valohai.call("GET", `executions/${id}/`)).status).toBe(404);
    }
    expect((await valohai.call("GET", `executions/${source.json.id}/`)).json.status).toBe("complete");
  });

  test.each([
    ["an unknown step", { step: "nothing" }, 404],
    ["an unknown parameter", { parameters: { nothing: 1 } }, 422],
    ["an unknown input", { inputs: { nothing: ["https://example.org/a"] } }, 422],
    ["an unknown commit", { commit: "0".repeat(40) }, 404],
    ["an unknown environment", { environment: "nothing" }, 422],
    ["an unknown field", { surprise: 1 }, 400],
    ["no step", { step: undefined }, 400],
    ["another project", { project: "root/other" }, 404],
  ])("with %s is refused, and nothing is recorded", async (_, change, status) => {
    await using valohai = await ValohaiRig.start();
    const response = await valohai.call("POST", "executions/", valohai.newExecution(change));
    expect([response.status, response.json.hint]).toEqual([status, expect.any(String)]);
    expect((await valohai.call("GET", `executions/?project=${valohai.rig.project.id}`)).json.count).toBe(0);
  });
});

describe("a file in Valohai's shapes", () => {
  test("is listed, and fetched by a link that holds for a while", async () => {
    await using valohai = await ValohaiRig.start();
    await valohai.call("POST", "executions/", valohai.newExecution());
    await valohai.work();
    const { json: latest } = await valohai.call("GET", `executions/${valohai.of("latest")}/`);
    const list = (query: string, as?: CallerName) => valohai.call("GET", `data/?${query}`, undefined, as);
    const { json } = await list(`output_execution=${latest.id}&limit=5000`);
    expect(json).toMatchObject({
      ...{ count: 1, next: null },
      results: [{ name: "a.txt", size: 5, output_execution: { id: latest.id, counter: latest.counter } }],
    });
    const [{ id }] = json.results;
    expect((await list(`project=${valohai.rig.project.id}&no_count=true`)).json.count).toBe(2);
    expect((await list(`output_execution=${latest.id}`, "stranger")).status).toBe(404);
    expect((await list("limit=1")).status).toBe(400);
    expect((await valohai.call("GET", `data/${id}/`)).json.uri).toBe(`datum://${id}`);
    expect((await valohai.call("GET", `data/${id}/download/`, undefined, "stranger")).status).toBe(404);
    const { url } = (await valohai.call("GET", `data/${id}/download/`)).json;
    const path = new URL(url).pathname;
    const whole = await valohai.rig.call({ url: path });
    expect([whole.body, whole.headers["content-disposition"]?.toString().startsWith("attachment")]).toEqual([
      ...["text\n", true],
    ]);
    const rest = await valohai.rig.call({ url: path, headers: { range: "bytes=2-" } });
    expect([rest.statusCode, rest.body]).toEqual([206, "xt\n"]);
    expect(valohai.rig.log.join("")).not.toContain(path.split("/").at(-2));
    valohai.rig.clock.now += 15 * 60_000 + 1;
    expect((await valohai.rig.call({ url: path })).statusCode).toBe(404);
    expect((await valohai.rig.call({ url: "/api/v0/downloads/x/" })).statusCode).toBe(404);
    const purged = await valohai.call("POST", `data/${id}/purge/`, {}, "admin");
    expect([purged.status, purged.json]).toEqual([204, undefined]);
    expect((await valohai.call("GET", `data/${id}/`)).json).toMatchObject({ id, purged: true });
    expect((await valohai.call("POST", `data/${id}/purge/`, {}, "viewer")).status).toBe(403);
    const late = await valohai.call("GET", `data/${id}/download/`);
    expect([late.status, late.json.code]).toEqual([404, "HR_NOT_FOUND"]);
  });
});

const NODE = { name: "first", type: "execution", template: { step: "greet" } };

describe("a pipeline in Valohai's shapes", () => {
  test("is run as it is spelled out, and told with its nodes", async () => {
    await using valohai = await ValohaiRig.start();
    const template = (who: string | null) => ({ commit: valohai.commit, step: "greet", parameters: { who } });
    const body = {
      ...{ project: valohai.rig.project.id, title: "two", tags: ["p"] },
      nodes: [
        { name: "a", type: "execution", template: template("a") },
        { name: "b", type: "execution", template: template("z"), "on-error": "stop-next", actions: [] },
      ],
      edges: [
        {
          ...{ source_node: "a", source_type: "dependency", source_key: "x" },
          ...{ target_node: "b", target_type: "dependency", target_key: "x" },
        },
      ],
      parameters: { who: { config: { name: "who", targets: ["b.parameters.who"] }, expression: "piped" } },
    };
    const created = await valohai.call("POST", "pipelines/", body);
    expect([created.status, created.json.status, created.json.nodes.length]).toEqual([201, "created", 2]);
    await valohai.work();
    const { json } = await valohai.call("GET", `pipelines/${valohai.of("latest")}/`);
    expect(json).toMatchObject({
      ...{ id: created.json.id, counter: created.json.counter, status: "complete", title: "two", tags: ["p"] },
      nodes: [
        { name: "a", status: "complete", execution: { parameters: { who: "a" }, pipeline: created.json.id } },
        { name: "b", status: "complete", execution: { parameters: { who: "piped" } } },
      ],
    });
    const { json: list } = await valohai.call("GET", `pipelines/?project=${valohai.rig.project.id}&limit=9001`);
    expect(list).toMatchObject({ count: 1, results: [{ counter: created.json.counter }] });
    const nodes = await valohai.call(
      "GET",
      `executions/?project=${valohai.rig.project.id}&pipeline=${created.json.counter}`,
    );
    expect(nodes.json.count).toBe(2);
    const stop = await valohai.call("POST", `pipelines/${created.json.id}/stop/`);
    expect(stop.json).toEqual({ detail: "it had ended already", status: "complete" });
    expect((await valohai.call("DELETE", `executions/${nodes.json.results[0].id}/`)).json.code).toBe("HR_CONFLICT");
  });

  test("runs a task as the client spells it out", async () => {
    await using valohai = await ValohaiRig.start();
    const parameters = { who: { style: "multiple", rules: { items: ["ada", "alan", "grace"] } } };
    const template = {
      ...{ commit: valohai.commit, step: "greet", parameters, type: "grid_search", allow_reuse: false },
      ...{ maximum_queued_executions: 2, on_child_error: "stop-all-and-error", configuration: {} },
    };
    const created = await valohai.call("POST", "pipelines/", {
      ...{ project: valohai.rig.project.id, title: "sweep", edges: [] },
      nodes: [{ name: "all", type: "task", template }],
    });
    expect([created.status, created.json.hint]).toEqual([201, undefined]);
    await valohai.work();
    const { json } = await valohai.call("GET", `pipelines/${created.json.id}/`);
    expect(json).toMatchObject({ status: "complete", nodes: [{ name: "all", type: "task", status: "complete" }] });
    const own = `executions/?project=${valohai.rig.project.id}&pipeline=${created.json.counter}`;
    const { json: made } = await valohai.call("GET", own);
    const { json: tasks } = await valohai.call("GET", `tasks/?project=${valohai.rig.project.id}&status=complete`);
    expect(tasks).toMatchObject({
      count: 1,
      results: [{ name: "all", status: "complete", type: "grid_search", pipeline: created.json.id }],
    });
    expect(tasks.results[0].execution_summary).toMatchObject({ count: 3, complete_count: 3 });
    expect(made.results[0].task).toBe(tasks.results[0].id);
    for (const ref of [tasks.results[0].id, valohai.of(created.json.counter), valohai.of("latest")]) {
      const { json: detail } = await valohai.call("GET", `tasks/${ref}/`);
      expect(detail.executions.map((each: { readonly parameters: object }) => each.parameters)).toEqual(
        ["ada", "alan", "grace"].map((who) => ({ who })),
      );
    }
    expect((await valohai.call("GET", `tasks/${valohai.of("latest")}/`, undefined, "stranger")).status).toBe(404);
    expect((await valohai.call("GET", `tasks/?project=${valohai.rig.project.id}&status=incomplete`)).json.count).toBe(
      0,
    );
    expect(made.results.map(({ parameters: { who } }: { parameters: { who: string } }) => who).sort()).toEqual([
      "ada",
      "alan",
      "grace",
    ]);
  });

  test("has the results of earlier nodes in place of some of its own", async () => {
    await using valohai = await ValohaiRig.start();
    const template = { commit: valohai.commit, step: "greet", parameters: {} };
    const body = (nodes: readonly object[]) => ({
      ...{ project: valohai.rig.project.id, title: "two", nodes },
      edges: [
        {
          ...{ source_node: "a", source_type: "dependency", source_key: "x" },
          ...{ target_node: "b", target_type: "dependency", target_key: "x" },
        },
      ],
    });
    const own = (name: string) => ({ name, type: "execution", template });
    const { json: first } = await valohai.call("POST", "pipelines/", body([own("a"), own("b")]));
    const early = await valohai.call(
      ...(["POST", "pipelines/", body([{ name: "a", type: "mimic", source: first.nodes[0].id }, own("b")])] as const),
    );
    // Nothing has run yet.
    expect([early.status, early.json.code]).toEqual([422, "HR_PLAN_INVALID"]);
    await valohai.work();
    const { json: done } = await valohai.call("GET", `pipelines/${first.id}/`);
    const source = done.nodes[0].id;
    const again = await valohai.call("POST", "pipelines/", body([{ name: "a", type: "mimic", source }, own("b")]));
    expect(again.status).toBe(201);
    await valohai.work();
    const { json } = await valohai.call("GET", `pipelines/${again.json.id}/`);
    expect(json.status).toBe("complete");
    expect(json.nodes[0].execution.counter).toBe(done.nodes[0].execution.counter);
    expect(json.nodes[1].execution.counter).toBeGreaterThan(done.nodes[1].execution.counter);
  });

  test("runs a task by itself, which can be stopped", async () => {
    await using valohai = await ValohaiRig.start();
    const parameters = { who: { style: "multiple", rules: { items: ["ada", "alan"] } } };
    const body = {
      ...{ project: valohai.rig.project.id, commit: valohai.commit, step: "greet", type: "grid_search", parameters },
      ...{ on_child_error: "continue_and_error", title: "two", tags: ["t"], configuration: { execution_count: 2 } },
    };
    const created = await valohai.call("POST", "tasks/", body);
    expect([created.status, created.json]).toEqual([
      201,
      expect.objectContaining({ status: "created", title: "two", tags: ["t"], pipeline: null, executions: [] }),
    ]);
    await valohai.work();
    const { json } = await valohai.call("GET", `tasks/${created.json.id}/`);
    expect(json).toMatchObject({ status: "complete", execution_summary: { count: 2, complete_count: 2 } });
    const stop = await valohai.call("POST", `tasks/${created.json.id}/stop/`);
    expect(stop.json).toEqual({ detail: "it had ended already", status: "complete" });
    const wrong = await valohai.call("POST", "tasks/", { ...body, type: "magic" });
    expect([wrong.status, wrong.json.code]).toEqual([422, "HR_PLAN_INVALID"]);
  });

  test.each([
    ["a node twice", { nodes: [NODE, NODE] }, 422],
    [
      "a distributed task",
      { nodes: [{ name: "t", type: "task", template: { step: "greet", type: "distributed" } }] },
      422,
    ],
    ["a deployment", { nodes: [{ name: "d", type: "deployment", deployment: "x" }] }, 501],
    ["the results of a node that is not there", { nodes: [{ name: "m", type: "mimic", source: "x" }] }, 404],
    ["the results of no node", { nodes: [{ name: "m", type: "mimic" }] }, 404],
    ["an unknown step", { nodes: [{ ...NODE, template: { step: "gret" } }] }, 422],
    ["an unknown parameter", { nodes: [{ ...NODE, template: { step: "greet", parameters: { x: 1 } } }] }, 422],
    ["no node", { nodes: [] }, 400],
    ["an edge from nowhere", { edges: [{ ...EDGE(), source_node: "nowhere" }] }, 422],
    ["an edge of no type", { edges: [{ ...EDGE(), source_type: "magic" }] }, 422],
    ["an unknown way to fail", { nodes: [{ ...NODE, "on-error": "explode" }] }, 422],
    ["an object for a value", { nodes: [{ ...NODE, template: { step: "greet", parameters: { who: {} } } }] }, 422],
  ])("with %s is refused", async (_, change, status) => {
    await using valohai = await ValohaiRig.start();
    const template = (node: object) =>
      "template" in node ? { ...node, template: { commit: valohai.commit, ...(node.template as object) } } : node;
    const nodes = ("nodes" in change ? (change.nodes ?? []) : [NODE]).map(template);
    const body = { project: valohai.rig.project.id, ...change, nodes };
    const response = await valohai.call("POST", "pipelines/", body);
    expect([response.status, response.json.hint]).toEqual([status, expect.any(String)]);
    expect((await valohai.call("GET", `pipelines/?project=${valohai.rig.project.id}`)).json.count).toBe(0);
  });
});

function EDGE() {
  return {
    ...{ source_node: "first", source_type: "output", source_key: "*" },
    ...{ target_node: "first", target_type: "input", target_key: "x" },
  };
}

test("environments are told, and what comes later says so", async () => {
  await using valohai = await ValohaiRig.start();
  const { json } = await valohai.call("GET", "environments/?limit=9000&include=unfinished_job_count");
  expect(json.results).toContainEqual(
    expect.objectContaining({ slug: "local", enabled: true, per_user_queue_quota: 0, unfinished_job_count: 0 }),
  );
  expect((await valohai.call("GET", "environments/", undefined, "stranger")).json.results).toEqual([]);
  for (const path of ["datum-aliases/", "models/", "deployments/1/"]) {
    const response = await valohai.call("GET", path);
    expect([path, response.status, response.json.code, response.json.hint]).toEqual([
      ...[path, 501, "HR_NOT_SUPPORTED", expect.any(String)],
    ]);
  }
});
