import type { BlobStore } from "../../blobs/index.ts";
import { WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import { HeadraceError } from "../../errors.ts";
import type { Plan } from "../../planning/index.ts";
import { type CapturePlaces, type OpenedCode, openSnapshot } from "../../snapshots/index.ts";
import type { ProjectStore, SnapshotRecord } from "../../store/index.ts";
import type { ConfiguredCode } from "../configuration/project-code.ts";
import { checkCodePatterns } from "./check-code-patterns.ts";

/** The versions of the code that the nodes of a plan run. */
export interface PlanCode {
  readonly main: Pick<OpenedCode, "capture">;
  /** Those of nodes that name a commit of their own, by `commit` of the node. */
  readonly others: ReadonlyMap<string, Pick<OpenedCode, "capture">>;
  /** The configuration that the plan was made from; absent if that cannot change, or does not matter. */
  readonly configuration?: { readonly file: string; readonly isUnchanged: () => Promise<boolean> };
  /** The code ran before: nothing is said of it once more. */
  readonly isRecorded?: true;
}

/** The code of a plan that was made from this text of its configuration. */
export function planCode({ view, configPath, shownFile }: ConfiguredCode<OpenedCode>, text: Buffer): PlanCode {
  const isUnchanged = async (): Promise<boolean> =>
    (await view.read(configPath, WRITTEN_BY_HAND_BYTES))?.equals(text) === true;
  // A commit stays what it is.
  const configuration = view.commit === undefined ? { file: shownFile, isUnchanged } : undefined;
  return { main: view, others: new Map(), ...(configuration && { configuration }) };
}

export interface PlanWithCode {
  readonly plan: Plan;
  readonly code: PlanCode;
}

/** The code of a plan that ran before: each version as the records have it. Throws HR_NOT_FOUND where one is gone. */
export async function recordedCode(
  store: ProjectStore,
  blobs: BlobStore,
  plan: Plan,
  commit: string,
): Promise<PlanCode> {
  const open = async (name: string): Promise<OpenedCode> => openSnapshot(await recordedVersion(store, name), blobs);
  const others = new Map<string, OpenedCode>();
  for (const { commit: own } of plan.nodes) if (own !== undefined && !others.has(own)) others.set(own, await open(own));
  return { main: await open(commit), others, isRecorded: true };
}

async function recordedVersion(store: ProjectStore, commit: string): Promise<SnapshotRecord> {
  const record = await store.snapshots.get(commit);
  if (record !== undefined) return record;
  throw new HeadraceError("HR_NOT_FOUND", `the version ${commit} of the code is no longer stored`, {
    hint: [{ do: "list-runs" }, " lists the runs whose code is"],
  });
}

export interface PinnedPlan {
  /** Its nodes name their commits as these are recorded. */
  readonly plan: Plan;
  readonly record: SnapshotRecord;
  /** All versions, that one included. */
  readonly records: readonly SnapshotRecord[];
  readonly warnings: readonly string[];
}

/**
 * Stores the code of a plan, and names it. Throws HR_FILE_CHANGED where the configuration was saved since the plan was
 * made: else a run would have a configuration that its own code does not have.
 */
export async function pinCode(plan: Plan, code: PlanCode, places: CapturePlaces): Promise<PinnedPlan> {
  const { record, warnings } = await code.main.capture(places);
  if ((await code.configuration?.isUnchanged()) === false) throw changed(code.configuration?.file ?? "");
  const names = new Map<string, SnapshotRecord>();
  for (const [commit, other] of code.others) names.set(commit, (await other.capture(places)).record);
  const pinned = names.size === 0 ? plan : withNames(plan, names);
  const records = [...new Map([record, ...names.values()].map((each) => [each.identifier, each])).values()];
  const unmatched = code.isRecorded === true ? [] : await checkPatterns(pinned, record, records, places);
  return { plan: pinned, record, records, warnings: [...warnings, ...unmatched] };
}

/** A commit's own name may be taken by other files, and one that is named twice is one version. */
function withNames(plan: Plan, names: ReadonlyMap<string, SnapshotRecord>): Plan {
  const nodes = plan.nodes.map((node) => {
    const record = node.commit === undefined ? undefined : names.get(node.commit);
    return record === undefined ? node : { ...node, commit: record.identifier };
  });
  return { ...plan, nodes };
}

async function checkPatterns(
  plan: Plan,
  main: SnapshotRecord,
  records: readonly SnapshotRecord[],
  { blobs }: CapturePlaces,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const record of records) {
    const nodes = plan.nodes.filter(({ commit = main.identifier }) => commit === record.identifier);
    warnings.push(...(await checkCodePatterns({ ...plan, nodes }, record, blobs)));
  }
  return warnings;
}

function changed(file: string): HeadraceError {
  return new HeadraceError("HR_FILE_CHANGED", `${file} was saved while the run was prepared`, {
    hint: "nothing was run; run again",
  });
}
