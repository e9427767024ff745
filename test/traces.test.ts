import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Collector, type ReceivedSpan } from "../src/telemetry/fixtures/collector.ts";
import { HomeProcesses, seen } from "./home-process.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `- step:
    name: first
    image: ""
    environment: local
    command: echo "$TRACEPARENT"; echo text > "$VH_OUTPUTS_DIR/a.txt"
- step:
    name: second
    image: ""
    environment: local
    command: |
      echo "$TRACEPARENT"; echo ready
      until [ -e go ]; do sleep 0.1; done
- step: {name: fails, image: "", environment: local, command: exit 3}
`;
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

const variablesFor = (collector: Collector) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });

/** The phases below a span, in the order of time. */
function phasesOf(collector: Collector, { spanId }: ReceivedSpan): readonly string[] {
  const own = collector.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
  return own
    .toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)))
    .map(({ name }) => name);
}

describe("traces", () => {
  test("a run is a trace, an execution a span with its phases, and a step is told its place", async () => {
    await using collector = await Collector.listen();
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const env = { ...variablesFor(collector), OTEL_EXPORTER_OTLP_HEADERS: "x-key=k", OTEL_SERVICE_NAME: "flights" };
    expect((await rig.startIn(rig.root, env, "run", "first").result).code).toBe(0);
    expect((await rig.startIn(rig.root, env, "run", "fails").result).code).not.toBe(0);
    expect(collector.requests[0]).toMatchObject({
      ...{ headers: { "x-key": "k" }, resource: { "service.name": "flights", "telemetry.sdk.name": "headrace" } },
    });
    const [run, failed] = collector.named("run ") as [ReceivedSpan, ReceivedSpan];
    expect(run).toMatchObject({
      name: "run first",
      attributes: { "cicd.pipeline.name": "first", "cicd.pipeline.result": "success", "headrace.run.number": "1" },
    });
    expect(run.parentSpanId).toBeUndefined();
    const [execution, failure] = collector.named("execution ") as [ReceivedSpan, ReceivedSpan];
    expect(execution).toMatchObject({ traceId: run.traceId, parentSpanId: run.spanId, status: {} });
    expect(phasesOf(collector, execution)).toEqual(["wait", "prepare", "run", "collect"]);
    expect(failed.traceId).not.toBe(run.traceId);
    expect(failure).toMatchObject({ status: { code: 2, message: expect.stringContaining("3") } });
    const log = (await rig.headrace("logs", "1")).stdout;
    expect(log).toBe(`00-${run.traceId}-${execution.spanId}-01\n`);
  });

  test("an engine that goes on after kill -9 tells the same trace, below the parent that the first one had", async () => {
    await using collector = await Collector.listen();
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const env = variablesFor(collector);
    const running = rig.startIn(rig.root, { ...env, TRACEPARENT: `00-${TRACE}-${PARENT}-01` }, "run", "second");
    await running.sees("ready");
    running.child.kill("SIGKILL");
    await running.result;
    const [execution = ""] = readdirSync(join(rig.root, ".headrace", "executions"));
    rig.write(`.headrace/executions/${execution}/valohai/repository/go`, "");
    expect((await rig.startIn(rig.root, env, "resume").result).code).toBe(0);
    const [run] = collector.named("run second") as [ReceivedSpan];
    expect([run.traceId, run.parentSpanId]).toEqual([TRACE, PARENT]);
    const [span, ...others] = collector.named("execution second") as [ReceivedSpan];
    expect([span.traceId, span.parentSpanId, others]).toEqual([TRACE, run.spanId, []]);
    expect(phasesOf(collector, span)).toEqual(["wait", "prepare", "run", "collect"]);
    expect((await rig.headrace("logs", "latest")).stdout).toContain(`00-${TRACE}-${span.spanId}-01\n`);
  });

  test.each(["hangs", 500] as const)("a collector that %s keeps no run from its end", async (manner) => {
    await using collector = await Collector.listen();
    collector.manner = manner;
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    expect((await rig.startIn(rig.root, variablesFor(collector), "run", "first").result).code).toBe(0);
    expect(collector.spans).toEqual([]);
  });

  test("a request of the API is a span, and a run that it starts goes on in the caller's trace", async () => {
    await using collector = await Collector.listen();
    await using home = await HomeProcesses.make();
    await home.start({ env: variablesFor(collector) });
    const authorization = `Token ${await home.token()}`;
    const ask = (path: string, body?: object) =>
      fetch(`${home.url}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { authorization, "content-type": "application/json", traceparent: `00-${TRACE}-${PARENT}-01` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const answer = await ask("/api/v0/projects/", { name: "flights" });
    await ask("/healthz");
    const span = await seen(async () => collector.named("POST /api/v0/projects").at(0));
    expect(span).toMatchObject({
      ...{ traceId: TRACE, parentSpanId: PARENT, kind: 2, name: "POST /api/v0/projects" },
      attributes: {
        "http.response.status_code": "201",
        "headrace.request.id": answer.headers.get("x-request-id"),
      },
    });
    expect(collector.named("GET /healthz")).toEqual([]);
    const metrics = async () => await (await ask("/metrics")).text();
    await seen(async () => (/^headrace_trace_spans_exported_total [1-9]/m.test(await metrics()) ? true : undefined));
    expect(await metrics()).toContain("headrace_trace_spans_dropped_total 0");
  });
});
