import { statfs } from "node:fs/promises";
import type { ServerHealthView } from "../../api/index.ts";
import { programVersion } from "../../version.ts";
import type { ServerParts } from "../server-parts.ts";
import type { RecentFailures } from "./recent-failures.ts";

/** Returns the health of the server, for its administrators. */
export async function serverHealth(
  { database, diskFolder, now }: Pick<ServerParts, "database" | "diskFolder" | "now">,
  failures: RecentFailures,
): Promise<ServerHealthView> {
  const asked = performance.now();
  const [facts, work, engines] = await Promise.all([
    database.installation.measure(),
    database.installation.countWork(),
    database.engines.listProcesses(),
  ]);
  const answerMs = Math.round((performance.now() - asked) * 10) / 10;
  const { oldestQueuedAt } = work;
  return {
    version: programVersion(),
    node: process.versions.node,
    startedAt: isoTime(now() - process.uptime() * 1000),
    memoryBytes: process.memoryUsage.rss(),
    database: { ...facts, sizeBytes: facts.sizeBytes ?? null, answerMs },
    disk: diskFolder === undefined ? null : await diskOf(diskFolder),
    engines: engines.map(({ id, identity: { host, pid, takesAnyRun = false } }) => ({ id, host, pid, takesAnyRun })),
    work: {
      runs: work.runs,
      executions: work.executions,
      oldestQueuedAt: oldestQueuedAt === undefined ? null : isoTime(oldestQueuedAt),
    },
    problems: failures.list().map((failure) => ({ ...failure, at: isoTime(failure.at) })),
  };
}

async function diskOf(folder: string): Promise<ServerHealthView["disk"]> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { folder, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
