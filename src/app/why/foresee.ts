import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, openBlobStore } from "../../blobs/index.ts";
import type { Plan } from "../../planning/index.ts";
import { captureSnapshot, type SnapshotStore } from "../../snapshots/index.ts";
import { openSources, type SourcesOptions } from "../../sources/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { checkCodePatterns } from "../check-code-patterns.ts";
import { checkInputs } from "../check-inputs.ts";
import type { ProjectResources } from "../project-resources.ts";
import { FIRST_RUN, predictPlan } from "./predict.ts";
import { openReadOnlyStores } from "./read-only-stores.ts";
import type { Foresight } from "./why-view.ts";

/** What a run of the plan would say and do. Throws what the run would throw before its first step. Without a store nothing has run yet. */
export async function foresee(
  project: ProjectResources,
  store: ProjectStore | undefined,
  { plan, warnings }: { readonly plan: Plan; readonly warnings: readonly string[] },
): Promise<Foresight> {
  if (store !== undefined) {
    const { predictions, warnings: more } = await predictPlan(project, store, plan);
    return { predictions, warnings: [...warnings, ...more] };
  }
  await checkPlaces(project, plan, NOTHING_STORED);
  const more = await checkCode(project, plan);
  return { predictions: plan.nodes.map(() => FIRST_RUN), warnings: [...warnings, ...more] };
}

const NOTHING_STORED: SourcesOptions["store"] & SnapshotStore = {
  data: {
    get: async () => undefined,
    findByUri: async () => undefined,
    add: () => Promise.reject(new Error("a check records nothing")),
  },
  snapshots: {
    get: async () => undefined,
    add: () => Promise.reject(new Error("a check records nothing")),
  },
};

/** Refuses inputs that cannot be had, as a run does; writes nothing into the project. */
export async function checkPlaces(project: ProjectResources, plan: Plan, store: SourcesOptions["store"]): Promise<void> {
  await withBlobsAside(async (blobs, cacheFolder) => {
    await checkInputs(openSources({ blobs, store, projectRoot: project.root, cacheFolder, now: Date.now, environment: project.env }), plan);
  });
}

/** What a run would say of the code, and refuse of it, where nothing is stored yet. */
async function checkCode(project: ProjectResources, plan: Plan): Promise<readonly string[]> {
  return await withBlobsAside(async (blobs, folder) => {
    using dry = openReadOnlyStores(NOTHING_STORED, blobs, folder);
    const options = { root: project.root, blobs: dry.blobs, store: dry.store, cacheFile: join(dry.cacheFolder, "files"), now: Date.now };
    const { record, warnings } = await captureSnapshot(options);
    return [...warnings, ...(await checkCodePatterns(plan, record, dry.blobs))];
  });
}

async function withBlobsAside<T>(look: (blobs: BlobStore, folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "headrace-dry-"));
  try {
    await using blobs = await openBlobStore({ folder: join(folder, "blobs") });
    return await look(blobs, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
