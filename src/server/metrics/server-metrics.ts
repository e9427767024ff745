import { monitorEventLoopDelay } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";
import type { MetadataDatabase, WorkCounts } from "../../store/index.ts";
import type { ServerParts } from "../server-parts.ts";
import { type Metric, metricsText } from "./metrics-text.ts";
import { RequestMetrics } from "./request-metrics.ts";

/** The metrics of a server for Prometheus: its requests, the work that waits, and the process. */
export class ServerMetrics {
  readonly #requests: RequestMetrics;
  readonly #database: MetadataDatabase;
  readonly #now: () => number;
  readonly #tracer: ServerParts["tracer"];
  readonly #loop: ReturnType<typeof monitorEventLoopDelay>;

  constructor(app: FastifyInstance, { database, now, tracer }: Pick<ServerParts, "database" | "now" | "tracer">) {
    this.#requests = new RequestMetrics(app);
    this.#database = database;
    this.#now = now;
    this.#tracer = tracer;
    this.#loop = monitorEventLoopDelay({ resolution: 20 });
    this.#loop.enable();
    app.addHook("onClose", async () => void this.#loop.disable());
  }

  async text(): Promise<string> {
    const [work, engines] = await Promise.all([
      this.#database.installation.countWork(),
      this.#database.engines.listProcesses(),
    ]);
    return metricsText([
      ...this.#requests.metrics(),
      ...workMetrics(work, this.#now()),
      gauge("headrace_engines", "Processes that work for runs, as the database knows them.", engines.length),
      ...this.#traceMetrics(),
      ...this.#processMetrics(),
    ]);
  }

  #traceMetrics(): readonly Metric[] {
    if (this.#tracer === undefined) return [];
    const { exported, dropped } = this.#tracer.figures;
    return [
      counter("headrace_trace_spans_exported_total", "Spans that the collector of traces has taken.", exported),
      counter("headrace_trace_spans_dropped_total", "Spans that it has not: it is away, or too slow.", dropped),
    ];
  }

  #processMetrics(): readonly Metric[] {
    const { user, system } = process.cpuUsage();
    // The longest delay since the last scrape.
    const delay = this.#loop.max / 1e9;
    this.#loop.reset();
    return [
      gauge("process_resident_memory_bytes", "Memory of this process.", process.memoryUsage.rss()),
      gauge("process_start_time_seconds", "When this process began.", Date.now() / 1000 - process.uptime()),
      gauge("nodejs_eventloop_lag_seconds", "The longest that anything waited since it was asked last.", delay),
      {
        ...{ name: "process_cpu_seconds_total", help: "Processor time of this process.", kind: "counter" },
        samples: [{ value: (user + system) / 1e6 }],
      },
    ];
  }
}

function workMetrics({ runs, executions, oldestQueuedAt }: WorkCounts, now: number): readonly Metric[] {
  const lag = oldestQueuedAt === undefined ? 0 : Math.max(0, now - oldestQueuedAt) / 1000;
  return [
    byState("headrace_runs", "Runs that have not ended, by state.", runs),
    byState("headrace_executions", "Executions that have not ended, by state.", executions),
    gauge("headrace_queue_age_seconds", "How long the oldest execution has waited for an engine.", lag),
  ];
}

function byState(name: string, help: string, counts: Readonly<Record<string, number>>): Metric {
  const samples = Object.entries(counts).map(([state, value]) => ({ labels: { state }, value }));
  return { name, help, kind: "gauge", samples };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, kind: "gauge", samples: [{ value }] };
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, kind: "counter", samples: [{ value }] };
}
