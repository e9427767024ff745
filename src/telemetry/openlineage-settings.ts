import { HeadraceError } from "../errors.ts";
import type { ExporterSettings } from "./exporter.ts";

/** Settings of the events of lineage, by the variables of OpenLineage's own clients. */
export interface OpenLineageSettings extends ExporterSettings {
  /** The name under which all jobs, and the files that they make, stand. */
  readonly namespace: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

const NAMESPACE = "headrace";

/** Undefined where no events are wanted. Throws HR_USAGE for a value that cannot be meant. */
export function openLineageSettings(env: Variables): OpenLineageSettings | undefined {
  const base = env.OPENLINEAGE_URL ?? "";
  if (base === "" || env.OPENLINEAGE_DISABLED?.toLowerCase() === "true") return undefined;
  const key = env.OPENLINEAGE_API_KEY ?? "";
  return {
    url: urlOf(base, env.OPENLINEAGE_ENDPOINT || "api/v1/lineage"),
    headers: key === "" ? {} : { authorization: `Bearer ${key}` },
    namespace: openLineageNamespace(env),
    timeoutMs: 10_000,
    delayMs: 100,
    queueSize: 8_192,
    // The standard knows no list of events.
    batchSize: 1,
  };
}

/** Returns the namespace that stands in events, also in those that are only written down. */
export function openLineageNamespace(env: Variables): string {
  return env.OPENLINEAGE_NAMESPACE || NAMESPACE;
}

function urlOf(base: string, endpoint: string): string {
  const text = `${base.replace(/\/+$/, "")}/${endpoint.replace(/^\/+/, "")}`;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new HeadraceError("HR_USAGE", `OPENLINEAGE_URL is no address: ${base}`, {
    hint: "write for example http://localhost:5000",
  });
}
