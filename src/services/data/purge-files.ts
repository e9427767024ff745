import type { DatumView, PurgeRequest } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { RefusedHousekeeping } from "../housekeeping/refused-housekeeping.ts";
import { datumView } from "../records/view-of.ts";

/**
 * Purges files: their records stay and say so, their bytes go with the next clearing up that is quiet, for which one is
 * asked at once. Throws HR_CONFLICT, and purges none that comes after it, where a run that has not ended may need one.
 */
export async function purgeFiles(
  context: Context,
  ids: readonly string[],
  { unlessNeeded = false }: Omit<PurgeRequest, "files"> = {},
): Promise<readonly DatumView[]> {
  const { actor, now, project } = context;
  const store = await project.existingWriter();
  if (unlessNeeded) await requireUnneeded(store, ids);
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

/** So many of those that need a file are named. */
const NAMED = 20;

/** Throws HR_CONFLICT with all that has one of the files: aliases, versions of datasets, executions. */
async function requireUnneeded(store: ProjectStore, ids: readonly string[]): Promise<void> {
  const files = new Map((await store.lineage.files(ids)).map((file) => [file.id, file.name]));
  const holders = (await store.datasets.holdersOf(ids)).map(({ datumId, kind, name }) => {
    return `${files.get(datumId)}: ${kind === "alias" ? "the alias" : "the version"} ${name}`;
  });
  const links = await store.lineage.receiversOf(ids, NAMED + 1);
  const receivers = await store.lineage.executions([...new Set(links.map(({ execution }) => execution))]);
  const numbers = new Map(receivers.map(({ id, number }) => [id, number]));
  const needs = [
    ...holders,
    ...links.map(({ file, execution }) => `${files.get(file)}: execution ${numbers.get(execution)} has received it`),
  ];
  if (needs.length === 0) return;
  const [first = "", ...more] = needs.slice(0, NAMED);
  const rest = needs.length > NAMED ? ["and more"] : [];
  throw new HeadraceError("HR_CONFLICT", `nothing was removed, since others need it: ${first}`, {
    details: more.length === 0 ? [] : [first, ...more, ...rest],
    hint: "purge it on purpose where it has to go: its record stays, and says so",
  });
}
