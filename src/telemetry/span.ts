export type AttributeValue = string | number | boolean;

/** Something that was done, from when to when. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly name: string;
  readonly kind: "internal" | "server";
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
  /** It failed, and why. */
  readonly failure?: string;
}

const KINDS = { internal: 1, server: 2 } as const;
const ERROR = 2;

/** A request to a collector: OTLP in JSON (opentelemetry-proto, the JSON mapping with ids in hexadecimal digits). */
export function otlpRequest(resource: Readonly<Record<string, AttributeValue>>, spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributes(resource) },
        scopeSpans: [{ scope: { name: "headrace" }, spans: spans.map(otlpSpan) }],
      },
    ],
  });
}

function otlpSpan({ traceId, spanId, parentId, name, kind, startedAt, endedAt, attributes: own, failure }: Span) {
  return {
    ...{ traceId, spanId, name, kind: KINDS[kind] },
    ...(parentId !== undefined && { parentSpanId: parentId }),
    ...{ startTimeUnixNano: nanoseconds(startedAt), endTimeUnixNano: nanoseconds(Math.max(startedAt, endedAt)) },
    ...{ attributes: attributes(own), status: failure === undefined ? {} : { code: ERROR, message: failure } },
  };
}

/** As a text: a number of JSON does not hold so many digits. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n);
}

function attributes(values: Span["attributes"]) {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: otlpValue(value) }],
  );
}

function otlpValue(value: AttributeValue) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
