import { dockerKind } from "./docker/kind.ts";
import { ExecutorKinds, type ListedKind, listed } from "./executor-kind.ts";
import { localKind } from "./local/kind.ts";
import { slurmKind } from "./slurm/kind.ts";

/**
 * The kinds of executors: the one place where they are registered. A second door of the room: nothing behind it is
 * loaded before an executor is opened.
 */
export const KINDS: readonly ListedKind[] = [listed(localKind), listed(dockerKind), listed(slurmKind)];

/** Those that every installation has, unless it was started with others. */
export const INSTALLED_KINDS = new ExecutorKinds(KINDS);

export { type ExecutorKind, ExecutorKinds, type ListedKind, listed } from "./executor-kind.ts";
