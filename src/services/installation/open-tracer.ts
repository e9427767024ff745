import type { Tracer } from "../../telemetry/index.ts";
import type { Variables } from "./installation.ts";

/** Undefined where the variables of OpenTelemetry name no collector: then nothing of it is loaded. Throws HR_USAGE. */
export async function openTracer(env: Variables): Promise<Tracer | undefined> {
  if (!env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT && !env.OTEL_EXPORTER_OTLP_ENDPOINT) return undefined;
  const telemetry = await import("../../telemetry/index.ts");
  return telemetry.wantsTraces(env) ? telemetry.Tracer.open(env) : undefined;
}
