import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { Exporter } from "./exporter.ts";
import { Collector } from "./fixtures/collector.ts";
import { otlpRequest, type Span } from "./span.ts";

const SETTINGS = { headers: { "x-key": "k" }, timeoutMs: 10_000, delayMs: 10, queueSize: 10, batchSize: 4 };
const span = (name: string): Span => ({
  ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), name, kind: "internal" },
  ...{ startedAt: 1_000, endedAt: 1_002.5, attributes: { text: "t", count: 7, share: 0.5, is: true, none: undefined } },
});

const exporterOf = (
  url: string,
  more: Partial<typeof SETTINGS> = {},
  resource: Readonly<Record<string, string>> = {},
) => new Exporter<Span>({ ...SETTINGS, ...more, url }, (batch) => otlpRequest(resource, batch));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("the exporter of spans", () => {
  test("sends what was added in batches, as a collector reads it, and the rest at the end", async () => {
    await using collector = await Collector.listen();
    const exporter = exporterOf(`${collector.url}/v1/traces`, {}, { "service.name": "s" });
    for (let index = 0; index < 9; index++) exporter.add(span(`${index}`));
    await exporter[Symbol.asyncDispose]();
    expect(collector.spans.map(({ name }) => name)).toEqual([..."012345678"]);
    expect(exporter.figures).toEqual({ exported: 9, dropped: 0 });
    expect(collector.requests[0]).toMatchObject({ resource: { "service.name": "s" }, headers: { "x-key": "k" } });
    expect(collector.spans[0]).toEqual({
      ...{ traceId: "a".repeat(32), spanId: "b".repeat(16), name: "0", kind: 1, status: {} },
      ...{ startTimeUnixNano: "1000000000", endTimeUnixNano: "1002500000" },
      attributes: { text: "t", count: "7", share: 0.5, is: true },
    });
  });

  test("drops what a collector that hangs does not take, counts it, and ends all the same", async () => {
    await using collector = await Collector.listen();
    collector.manner = "hangs";
    const exporter = exporterOf(collector.url, { timeoutMs: 1e9 });
    for (let index = 0; index < 1_000; index++) exporter.add(span(`${index}`));
    // Spans on their way count as waiting: 4 are with the collector, 10 in the queue.
    expect(exporter.figures.dropped).toBe(1_000 - 14);
    await exporter[Symbol.asyncDispose]();
    expect(exporter.figures).toEqual({ exported: 0, dropped: 1_000 });
    exporter.add(span("late"));
    expect(exporter.figures.dropped).toBe(1_001);
  });

  test("offers again what a busy collector did not take, and not what it refuses", async () => {
    await using collector = await Collector.listen();
    const exporter = exporterOf(collector.url);
    collector.manner = 400;
    exporter.add(span("refused"));
    await until(() => exporter.figures.dropped === 1);
    collector.manner = 503;
    exporter.add(span("busy"));
    setTimeout(() => {
      collector.manner = "takes";
    }, 100);
    await until(() => exporter.figures.exported === 1);
    expect(collector.spans.map(({ name }) => name)).toEqual(["busy"]);
    await exporter[Symbol.asyncDispose]();
  });

  test("does not wait for a collector that is away when the process ends", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const exporter = exporterOf(`http://127.0.0.1:${port}`);
    exporter.add(span("a"));
    await exporter[Symbol.asyncDispose]();
    expect(exporter.figures).toEqual({ exported: 0, dropped: 1 });
  });
});
