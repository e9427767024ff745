import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newRun, queueNode } from "../../store/conformance/rig.ts";
import { ServerRig } from "../fixtures/server-rig.ts";
import { metricsText } from "./metrics-text.ts";

/** The field's own parser, from PyPI: what it reads, Prometheus reads. */
const PARSER = "prometheus_client==0.21.1";
const SCRIPT = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
found = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    assert family.name not in found, family.name
    found[family.name] = {"type": family.type, "samples": [[s.name, s.labels, s.value] for s in family.samples]}
print(json.dumps(found).replace("Infinity", "1e999"))
`;

const folder = mkdtempSync(join(tmpdir(), "headrace-prometheus-"));
beforeAll(() => {
  const { status, stderr } = spawnSync("python3", ["-m", "pip", "install", "-q", "--target", folder, PARSER], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`pip install ${PARSER}:\n${stderr}`);
});
afterAll(() => existsSync(folder) && rmSync(folder, { recursive: true }));

type Families = Readonly<
  Record<string, { readonly type: string; readonly samples: readonly [string, Record<string, string>, number][] }>
>;

function parse(text: string): Families {
  const env = { ...process.env, PYTHONPATH: folder };
  const { status, stdout, stderr } = spawnSync("python3", ["-c", SCRIPT], { input: text, encoding: "utf8", env });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Families;
}

describe("/metrics", () => {
  test("is read by the field's own parser, and counts what happened", async () => {
    await using rig = await ServerRig.start();
    const store = await rig.database.project(rig.project.id);
    await queueNode(store, await store.runs.create(newRun()), "a");
    const [queued] = (await store.lists.executions({ limit: 1 })).items;
    for (let times = 0; times < 3; times += 1) await rig.call({ url: "/healthz" });
    await rig.call({ url: "/nothing/here" });
    rig.clock.now = (queued?.createdAt ?? 0) + 5_000;
    const response = await rig.call({ url: "/metrics", as: "stranger" });
    expect(response.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const families = parse(response.body);
    expect(families.headrace_http_requests?.samples).toEqual([
      ["headrace_http_requests_total", { method: "GET", route: "/healthz", status: "200" }, 3],
      ["headrace_http_requests_total", { method: "other", route: "none", status: "404" }, 1],
    ]);
    const timings = families.headrace_http_request_duration_seconds;
    expect(timings?.type).toBe("histogram");
    const ofHealth = timings?.samples.filter(([, { route }]) => route === "/healthz") ?? [];
    const buckets = ofHealth.filter(([name]) => name.endsWith("_bucket")).map(([, , value]) => value);
    expect([buckets.at(-1), buckets]).toEqual([3, buckets.toSorted((a, b) => a - b)]);
    expect(families.headrace_executions?.samples).toContainEqual(["headrace_executions", { state: "queued" }, 1]);
    expect(families.headrace_runs?.samples).toContainEqual(["headrace_runs", { state: "created" }, 1]);
    expect(families.headrace_queue_age_seconds?.samples).toEqual([["headrace_queue_age_seconds", {}, 5]]);
    expect(families.process_resident_memory_bytes?.samples[0]?.[2]).toBeGreaterThan(10_000_000);
    expect(families.process_cpu_seconds?.type).toBe("counter");
  });

  test("is for those who are logged in", async () => {
    await using rig = await ServerRig.start();
    expect((await rig.call({ url: "/metrics" })).json()).toMatchObject({ status: 401, code: "HR_NOT_LOGGED_IN" });
  });

  test("keeps labels and numbers of any kind apart", () => {
    const labels = { a: 'quote " back \\ line\nend', b: "späť" };
    const text = metricsText([
      { name: "x", help: "line\nend \\ back", kind: "gauge", samples: [{ labels, value: 1.5 }, { value: -2e-9 }] },
    ]);
    expect(parse(text)).toEqual({
      x: {
        type: "gauge",
        samples: [
          ["x", labels, 1.5],
          ["x", {}, -2e-9],
        ],
      },
    });
  });
});

test("/readyz is for everybody, and refuses while the database does not answer", async () => {
  await using rig = await ServerRig.start();
  expect((await rig.call({ url: "/readyz" })).json()).toEqual({ status: "ready" });
  await rig.database[Symbol.asyncDispose]();
  const refused = await rig.call({ url: "/readyz" });
  expect(refused.statusCode).toBeGreaterThanOrEqual(500);
  expect(refused.headers["x-request-id"]).toBe(refused.json().requestId);
});
