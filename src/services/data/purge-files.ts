import type { DatumView } from "../../api/index.ts";
import type { Context } from "../context.ts";
import { RefusedHousekeeping } from "../housekeeping/refused-housekeeping.ts";
import { datumView } from "../records/view-of.ts";

/**
 * Purges files: their records stay and say so, their bytes go with the next clearing up that is quiet, for which one is
 * asked at once. Throws HR_CONFLICT, and purges none that comes after it, where a run that has not ended may need one.
 */
export async function purgeFiles(context: Context, ids: readonly string[]): Promise<readonly DatumView[]> {
  const { actor, now, project } = context;
  const store = await project.existingWriter();
  const purged: DatumView[] = [];
  for (const id of ids) {
    const datum = await store.data.purge(id, { actor, at: now() });
    const maker = datum.executionId === undefined ? undefined : await store.executions.get(datum.executionId);
    purged.push(datumView(datum, maker));
  }
  const { gcProject } = await import("../housekeeping/gc-request.ts");
  // No run goes: what is cleared up is what nothing refers to any more.
  await gcProject(context, store, { numbers: [], tagged: false, leftovers: false, apply: true }).catch(
    (error: unknown) => {
      // Another process is at it already, or others share the place: the bytes go with a later one.
      if (error instanceof RefusedHousekeeping) return;
      throw error;
    },
  );
  return purged;
}
