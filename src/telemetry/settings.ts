import { HeadraceError } from "../errors.ts";
import type { ExporterSettings } from "./exporter.ts";

/** Settings of the export of spans, by the standard variables of OpenTelemetry. */
export interface TracingSettings extends ExporterSettings {
  readonly resource: Readonly<Record<string, string>>;
  /** The share of runs and requests without a parent that is told. */
  readonly share: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** True where spans are wanted: nothing of this room is loaded otherwise. */
export function wantsTraces(env: Variables): boolean {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return (
    (endpoint ?? "") !== "" && env.OTEL_SDK_DISABLED?.toLowerCase() !== "true" && env.OTEL_TRACES_EXPORTER !== "none"
  );
}

/** Throws HR_USAGE for a value that cannot be meant. */
export function tracingSettings(env: Variables): TracingSettings {
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || "http/json";
  if (!protocol.startsWith("http/"))
    throw wrong(`OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not supported`, "use http/json, and the port for it: 4318");
  return {
    url: urlOf(env),
    headers: pairs(
      "OTEL_EXPORTER_OTLP_HEADERS",
      either(env, "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"),
    ),
    timeoutMs: count(env, "OTEL_EXPORTER_OTLP_TIMEOUT", 10_000),
    delayMs: count(env, "OTEL_BSP_SCHEDULE_DELAY", 1_000),
    queueSize: count(env, "OTEL_BSP_MAX_QUEUE_SIZE", 8_192),
    batchSize: count(env, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
    resource: {
      ...pairs("OTEL_RESOURCE_ATTRIBUTES", env.OTEL_RESOURCE_ATTRIBUTES ?? ""),
      ...(env.OTEL_SERVICE_NAME && { "service.name": env.OTEL_SERVICE_NAME }),
    },
    share: shareOf(env),
  };
}

function either(env: Variables, first: string, second: string): string {
  return env[first] || env[second] || "";
}

function urlOf(env: Variables): string {
  const whole = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? "";
  const text = whole === "" ? `${(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "").replace(/\/+$/, "")}/v1/traces` : whole;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw wrong(`the endpoint of OpenTelemetry is no address: ${text}`, "write for example http://localhost:4318");
  return text;
}

function count(env: Variables, name: string, fallback: number): number {
  const text = env[name] ?? "";
  if (text === "") return fallback;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw wrong(`${name}=${text} is no count`, "give a whole number");
  return Number(text);
}

function shareOf(env: Variables): number {
  const sampler = (env.OTEL_TRACES_SAMPLER ?? "").replace(/^parentbased_/, "");
  if (sampler === "always_off") return 0;
  if (sampler !== "traceidratio") return 1;
  const share = Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1);
  if (share >= 0 && share <= 1) return share;
  throw wrong(`OTEL_TRACES_SAMPLER_ARG=${env.OTEL_TRACES_SAMPLER_ARG} is no share`, "give a number from 0 to 1");
}

/** `a=b,c=d`, percent-encoded. A value may hold a credential: a part that cannot be read is not told. */
function pairs(name: string, text: string): Readonly<Record<string, string>> {
  const parts = text.split(",").filter((part) => part.trim() !== "");
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf("=");
      if (at <= 0) throw wrong(`${name} has a part without “=”`, "write NAME=VALUE,NAME=VALUE");
      try {
        return [part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())];
      } catch {
        throw wrong(`${name} has a part that is not percent-encoded`, "write % as %25");
      }
    }),
  );
}

function wrong(message: string, hint: string): HeadraceError {
  return new HeadraceError("HR_USAGE", message, { hint });
}
