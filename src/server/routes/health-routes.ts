import { statfs } from "node:fs/promises";
import type { HEALTH } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { programVersion } from "../../version.ts";
import type { Handlers } from "../call.ts";
import type { RecentFailures } from "../health/recent-failures.ts";
import { serverHealth } from "../health/server-health.ts";
import { METRICS_TYPE } from "../metrics/metrics-text.ts";
import type { ServerMetrics } from "../metrics/server-metrics.ts";
import type { ServerParts } from "../server-parts.ts";

/** With less, neither a record nor a log can be relied upon. */
const LEAST_FREE_BYTES = 100 * 1024 * 1024;

export function healthRoutes(
  parts: Pick<ServerParts, "database" | "diskFolder" | "now">,
  { metrics, failures }: { readonly metrics: ServerMetrics; readonly failures: RecentFailures },
): Handlers<typeof HEALTH> {
  const { database, diskFolder } = parts;
  return {
    healthz: async () => ({ status: "ok" }),
    server: async () => ({ product: "headrace", version: programVersion() }),
    readyz: async () => {
      await database.installation.audit.list({ afterId: 0, limit: 1 });
      if (diskFolder !== undefined) await requireRoom(diskFolder);
      return { status: "ready" };
    },
    serverHealth: () => serverHealth(parts, failures),
    metrics: async ({ reply }) => {
      const text = await metrics.text();
      await reply.type(METRICS_TYPE).serializer(String).send(text);
    },
  };
}

/** Without the name of the folder or its figures: anybody may ask. */
async function requireRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= LEAST_FREE_BYTES) return;
  throw new HeadraceError("HR_DISK_FULL", "the disk of the records is nearly full", {
    hint: "free some space where the server keeps its files",
  });
}
