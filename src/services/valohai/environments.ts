import type { ValohaiEnvironment } from "../../api/index.ts";
import { listEnvironments as listAll } from "../environments/list-environments.ts";
import type { ValohaiContext } from "./valohai-api.ts";

/** The places where steps can run; `withCounts`: with how many executions wait or run there. */
export async function listEnvironments(
  context: ValohaiContext,
  withCounts: boolean,
): Promise<readonly ValohaiEnvironment[]> {
  const environments = await listAll(context);
  const counts = withCounts ? await openByEnvironment(context) : undefined;
  return environments.map(({ slug, name, executor, healthy, reason, details, default: isDefault }) => ({
    ...{ id: slug, slug, name, enabled: healthy },
    description: [`${executor}${isDefault ? ", default" : ""}`, ...(reason === null ? [] : [reason])].join("; "),
    has_gpu: details.gpu !== undefined,
    gpu_spec: details.gpu ?? "",
    per_hour_price_usd: "0.00000",
    per_user_queue_quota: 0,
    ...(counts !== undefined && { unfinished_job_count: counts.get(slug) ?? 0 }),
  }));
}

async function openByEnvironment({ project }: ValohaiContext): Promise<ReadonlyMap<string, number>> {
  const store = await project.writer();
  const states = ["queued", "started", "stopping"] as const;
  const { items } = await store.lists.executionsAt({ states }, { offset: 0, limit: 10_000 });
  const counts = new Map<string, number>();
  for (const { environmentName } of items) counts.set(environmentName, (counts.get(environmentName) ?? 0) + 1);
  return counts;
}
