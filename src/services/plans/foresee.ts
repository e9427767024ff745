import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, openBlobStore } from "../../blobs/index.ts";
import type { Plan } from "../../planning/index.ts";
import type { SnapshotStore } from "../../snapshots/index.ts";
import type { SourcesOptions } from "../../sources/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { projectSources } from "../installation/project-sources.ts";
import { checkInputs } from "./check-inputs.ts";
import { type PlanWithCode, pinCode } from "./plan-code.ts";
import type { PlacedPlan } from "./plan-request.ts";
import { FIRST_RUN, predictPlan } from "./predict.ts";
import { openReadOnlyStores } from "./read-only-stores.ts";
import type { Foresight } from "./why-view.ts";

/**
 * Returns what a run of the plan would say and do. Throws what the run would throw before its first step. Without a
 * store nothing has run yet.
 */
export async function foresee(
  project: ProjectResources,
  store: ProjectStore | undefined,
  { plan, warnings, code }: PlacedPlan,
): Promise<Foresight> {
  if (store !== undefined) {
    const { predictions, warnings: more } = await predictPlan(project, store, { plan, code });
    return { predictions, warnings: [...warnings, ...more] };
  }
  await checkPlaces(project, plan, NOTHING_STORED);
  const more = await checkCode({ plan, code });
  return { predictions: plan.nodes.map(() => FIRST_RUN), warnings: [...warnings, ...more] };
}

const NOTHING_STORED: SourcesOptions["store"] & SnapshotStore = {
  data: {
    get: async () => undefined,
    findByUri: async () => undefined,
    add: () => Promise.reject(new Error("a check records nothing")),
  },
  datasets: {
    find: async () => undefined,
    resolve: async () => undefined,
    files: async function* files() {},
  },
  models: { find: async () => undefined, resolve: async () => undefined, files: async () => [] },
  snapshots: {
    get: async () => undefined,
    add: () => Promise.reject(new Error("a check records nothing")),
  },
};

/** Refuses inputs that cannot be had, as a run does; writes nothing into the project. */
export async function checkPlaces(
  project: ProjectResources,
  plan: Plan,
  store: SourcesOptions["store"],
): Promise<void> {
  await withBlobsAside(async (blobs, cacheFolder) => {
    await checkInputs(projectSources(project, { blobs, store, cacheFolder, now: Date.now }), plan);
  });
}

/** Returns what a run would say of the code, and throws what it would throw, if nothing is stored yet. */
async function checkCode({ plan, code }: PlanWithCode): Promise<readonly string[]> {
  return await withBlobsAside(async (blobs, folder) => {
    using dry = openReadOnlyStores(NOTHING_STORED, blobs, folder);
    return (await pinCode(plan, code, { ...dry, now: Date.now })).warnings;
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
