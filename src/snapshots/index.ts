export { type CapturedSnapshot, type CaptureOptions, captureSnapshot, type SnapshotStore } from "./capture-snapshot.ts";
export { type CheckoutOptions, checkoutSnapshot } from "./checkout-snapshot.ts";
export { ensureLocalGitExclude } from "./git-exclude.ts";
export { decodeManifest, isLink, type ManifestEntry, type ManifestFile, type ManifestLink } from "./manifest.ts";
export { runGit } from "./run-git.ts";
export { foreignRecords, trackedByGit } from "./tracked-by-git.ts";
export type { NewFiles } from "./worktree/new-files.ts";
export { itemState } from "./worktree/table.ts";
export {
  countWaitingWorktrees,
  type InspectedWorktree,
  removeWaitingWorktrees,
  type WorktreePlace,
  WorktreePool,
  type WorktreePoolOptions,
} from "./worktree/worktree-pool.ts";
