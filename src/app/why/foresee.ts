import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBlobStore } from "../../blobs/index.ts";
import type { Plan } from "../../planning/index.ts";
import { openSources, type SourcesOptions } from "../../sources/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { checkInputs } from "../check-inputs.ts";
import type { ProjectLocation } from "../project.ts";
import { FIRST_RUN, predictPlan } from "./predict.ts";
import type { Foresight } from "./why-view.ts";

/** What a run of the plan would say and do. Throws what the run would throw before its first step. Without a store nothing has run yet. */
export async function foresee(
  location: ProjectLocation,
  store: ProjectStore | undefined,
  { plan, warnings }: { readonly plan: Plan; readonly warnings: readonly string[] },
): Promise<Foresight> {
  if (store === undefined) {
    await checkPlaces(location, plan, NOTHING_STORED);
    return { predictions: plan.nodes.map(() => FIRST_RUN), warnings };
  }
  const { predictions, warnings: more } = await predictPlan(location, store, plan);
  return { predictions, warnings: [...warnings, ...more] };
}

const NOTHING_STORED: SourcesOptions["store"] = {
  data: {
    get: async () => undefined,
    findByUri: async () => undefined,
    add: () => Promise.reject(new Error("a check records nothing")),
  },
};

/** Refuses inputs that cannot be had, as a run does; writes nothing into the project. */
export async function checkPlaces(location: ProjectLocation, plan: Plan, store: SourcesOptions["store"]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "headrace-dry-"));
  try {
    await using blobs = await openBlobStore({ folder: join(folder, "blobs") });
    await checkInputs(openSources({ blobs, store, projectRoot: location.root, cacheFolder: folder, now: Date.now }), plan);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
