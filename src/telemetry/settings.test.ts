import { describe, expect, test } from "vitest";
import { tracingSettings, wantsTraces } from "./settings.ts";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example.org:4318/base/" };

describe("the variables of OpenTelemetry", () => {
  test("say whether traces are wanted", () => {
    expect(wantsTraces({})).toBe(false);
    expect(wantsTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBe(false);
    expect(wantsTraces(ENDPOINT)).toBe(true);
    expect(wantsTraces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://x/" })).toBe(true);
    expect(wantsTraces({ ...ENDPOINT, OTEL_SDK_DISABLED: "true" })).toBe(false);
    expect(wantsTraces({ ...ENDPOINT, OTEL_TRACES_EXPORTER: "none" })).toBe(false);
  });

  test("say where spans go, and with what", () => {
    const more = {
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20abc, x-scope = a=b",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=prod,service.name=other",
      OTEL_SERVICE_NAME: "flights",
      OTEL_BSP_MAX_QUEUE_SIZE: "99",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.1",
    };
    expect(tracingSettings({ ...ENDPOINT, ...more })).toEqual({
      url: "https://collector.example.org:4318/base/v1/traces",
      headers: { authorization: "Basic abc", "x-scope": "a=b" },
      resource: { "deployment.environment": "prod", "service.name": "flights" },
      ...{ timeoutMs: 10_000, delayMs: 1_000, queueSize: 99, batchSize: 512, share: 0.1 },
    });
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://x:1/y", OTEL_EXPORTER_OTLP_TRACES_HEADERS: "a=1" };
    expect(tracingSettings({ ...ENDPOINT, ...more, ...own })).toMatchObject({
      url: "http://x:1/y",
      headers: { a: "1" },
    });
    expect(tracingSettings({ ...ENDPOINT, OTEL_TRACES_SAMPLER: "always_off" }).share).toBe(0);
  });

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }, "the endpoint of OpenTelemetry is no address"],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not supported"],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: "-1" }, "OTEL_BSP_MAX_QUEUE_SIZE=-1 is no count"],
    [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "2" }, "OTEL_TRACES_SAMPLER_ARG=2 is no share"],
    [{ OTEL_EXPORTER_OTLP_HEADERS: "s3cret" }, "OTEL_EXPORTER_OTLP_HEADERS has a part without"],
    [{ OTEL_EXPORTER_OTLP_HEADERS: "a=s3cret%" }, "OTEL_EXPORTER_OTLP_HEADERS has a part that is not percent-encoded"],
  ])("%j is told at the start, without what may be secret", (env, message) => {
    const read = () => tracingSettings({ ...ENDPOINT, ...env });
    expect(read).toThrow(message);
    expect(read).not.toThrow("s3cret");
  });
});
