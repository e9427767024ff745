export { type CheckoutOptions, checkoutSnapshot } from "./checkout-snapshot.ts";
export {
  type CapturePlaces,
  type CodeFiles,
  type CodeOrigin,
  type CodeView,
  captureCode,
  type OpenedCode,
  openCode,
} from "./code-origin.ts";
export { ensureLocalGitExclude } from "./git-exclude.ts";
export {
  decodeManifest,
  encodeManifest,
  isLink,
  type ManifestEntry,
  type ManifestFile,
  type ManifestLink,
} from "./manifest.ts";
export { type DescribedTree, describeTree } from "./origins/describe-tree.ts";
export { openSnapshot } from "./origins/open-snapshot.ts";
export { type CapturedSnapshot, recordSnapshot, type SnapshotStore } from "./record-snapshot.ts";
export { gitProgram, runGit } from "./run-git.ts";
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
