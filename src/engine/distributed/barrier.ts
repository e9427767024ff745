import { onAbort, Throttle } from "../../concurrency/index.ts";
import {
  type ExecutionFolder,
  type Member,
  type Members,
  membersKnownSince,
  writeDistributedFiles,
} from "../../contract/index.ts";
import type { RunningJob } from "../../executors/index.ts";
import { faultPoint } from "../../fault-point.ts";
import { lastOfEach } from "../../tasks/index.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { StepRun } from "../execute-step.ts";

/** The members are looked at at most this often, while others commit. */
const LOOK_INTERVAL_MS = 50;
/** Members that run on this machine and share its network. */
const LOOPBACK = ["127.0.0.1"];

/**
 * Lets a member of a distributed task begin its commands once all members are there: its process has begun, and says on
 * record where it is reached; with the addresses of all, the files that its commands wait for are written. An engine
 * that takes the execution over does the same again. Resolves with the moment at which the commands began; undefined
 * where the signal, which says that the process has ended, came first.
 */
export async function awaitMembers(
  parts: EngineParts,
  step: StepRun,
  place: { readonly folder: ExecutionFolder; readonly running: RunningJob },
  ended: AbortSignal,
): Promise<number | undefined> {
  const { folder, running } = place;
  const since = membersKnownSince(folder);
  if (since !== undefined) return since;
  try {
    await running.began;
  } catch {
    return undefined;
  }
  const addresses = (await running.addresses?.()) ?? LOOPBACK;
  await announce(parts, step, addresses);
  faultPoint("member-announced");
  const all = await everybody(parts, step, ended);
  if (all === undefined) return undefined;
  const { run, node, execution } = step;
  const members: Members = {
    group: `${run.id}-${node.name}-${execution.attempt}`,
    self: (execution.trial ?? 1) - 1,
    all,
  };
  writeDistributedFiles(folder, members);
  faultPoint("members-written");
  return parts.clock.now();
}

async function announce(
  { store, clock }: EngineParts,
  { execution: { id }, fence }: StepRun,
  addresses: readonly string[],
): Promise<void> {
  const known = await store.executions.get(id);
  const environment = { ...known?.environment, address: addresses.join(" ") };
  const remarks = [{ kind: "progress", message: "waits for the other members" }] as const;
  await store.executions.update(id, fence, { environment, remarks, at: clock.now() });
}

/** Resolves with all members once each has said where it is. */
async function everybody(
  { store }: EngineParts,
  { run, node, execution, abandon }: StepRun,
  ended: AbortSignal,
): Promise<readonly Member[] | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Member[] | undefined>();
  const look = async (): Promise<void> => {
    const trials = lastOfEach(await store.tasks.listTrials(run.id, node.name));
    const ranks = new Map(trials.map(({ executionId, trial }) => [executionId, trial - 1]));
    const records = (await store.executions.listById(ranks.keys())).map((each) => each.execution);
    const members = records.flatMap(({ id, attempt, environment, startedAt, createdAt }) => {
      const { address } = environment;
      if (attempt !== execution.attempt || address === undefined) return [];
      const addresses = address.split(" ");
      return [{ executionId: id, rank: ranks.get(id) ?? 0, addresses, announcedAt: startedAt ?? createdAt }];
    });
    if (members.length >= (node.members ?? 1)) resolve(members.toSorted((a, b) => a.rank - b.rank));
  };
  using throttle = new Throttle(LOOK_INTERVAL_MS, () => void look().catch(reject));
  const unsubscribe = store.events.listen(() => throttle.call());
  using _ended = onAbort(ended, () => resolve(undefined));
  using _abandoned = onAbort(abandon, () => resolve(undefined));
  throttle.call();
  try {
    return await promise;
  } finally {
    unsubscribe();
  }
}
