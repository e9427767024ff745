import type { FastifyInstance } from "fastify";
import type { Metric, Sample } from "./metrics-text.ts";

/** Bounds of the histogram, in seconds: around the budgets of the API, and up to what a person gives up at. */
const BOUNDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

interface Timing {
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** Counts the requests of a server, by route: paths hold ids, and would be a series each. */
export class RequestMetrics {
  readonly #counts = new Map<string, { readonly labels: Readonly<Record<string, string>>; count: number }>();
  readonly #timings = new Map<string, Timing>();
  #underWay = 0;

  constructor(app: FastifyInstance) {
    app.addHook("onRequest", async () => {
      this.#underWay += 1;
    });
    // Also of a request whose client has gone.
    app.addHook("onRequest", async (_request, reply) => {
      reply.raw.once("close", () => {
        this.#underWay -= 1;
      });
    });
    app.addHook("onResponse", async (request, reply) => {
      const route = request.routeOptions.url ?? "none";
      // A client may make up a method.
      const method = request.is404 ? "other" : request.method;
      this.#count({ method, route, status: String(reply.statusCode) });
      // A stream lasts as long as somebody reads it, which tells nothing of this server.
      if (!String(reply.getHeader("content-type") ?? "").startsWith("text/event-stream"))
        this.#time({ method, route }, reply.elapsedTime / 1000);
    });
  }

  metrics(): readonly Metric[] {
    return [
      {
        name: "headrace_http_requests_total",
        help: "Requests that were answered, by route and status.",
        kind: "counter",
        samples: [...this.#counts.values()].map(({ labels, count }) => ({ labels, value: count })),
      },
      {
        name: "headrace_http_requests_under_way",
        help: "Requests and streams that are being answered.",
        kind: "gauge",
        samples: [{ value: this.#underWay }],
      },
      {
        name: "headrace_http_request_duration_seconds",
        help: "How long answers took, without those that stream events.",
        kind: "histogram",
        samples: [...this.#timings.values()].flatMap(samplesOf),
      },
    ];
  }

  #count(labels: Readonly<Record<string, string>>): void {
    const key = JSON.stringify(labels);
    const known = this.#counts.get(key) ?? { labels, count: 0 };
    known.count += 1;
    this.#counts.set(key, known);
  }

  #time(labels: Readonly<Record<string, string>>, seconds: number): void {
    const key = JSON.stringify(labels);
    const known = this.#timings.get(key) ?? { labels, buckets: BOUNDS.map(() => 0), sum: 0, count: 0 };
    for (const [index, bound] of BOUNDS.entries())
      if (seconds <= bound) known.buckets[index] = (known.buckets[index] ?? 0) + 1;
    known.sum += seconds;
    known.count += 1;
    this.#timings.set(key, known);
  }
}

function samplesOf({ labels, buckets, sum, count }: Timing): readonly Sample[] {
  return [
    ...BOUNDS.map((bound, index) => ({
      suffix: "_bucket",
      labels: { ...labels, le: String(bound) },
      value: buckets[index] ?? 0,
    })),
    { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count },
    { suffix: "_sum", labels, value: sum },
    { suffix: "_count", labels, value: count },
  ];
}
