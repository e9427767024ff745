import type { RunLabels } from "../../api/index.ts";
import type { RunRecord, StopRequests } from "../records.ts";
import type { NewRun, RunStateChange, StopTarget, Wish } from "./requests.ts";
import { toRun } from "./rows.ts";
import { labelRun } from "./run-labels.ts";
import { claimRun, createRun, findPromise, findRun, latestNumber, listPromising, setRunState } from "./runs.ts";
import type { ProjectScope } from "./scope.ts";
import { getStopRequests, requestStop } from "./stop-requests.ts";

/** Runs: what one `headrace run` starts. */
export interface RunRepository {
  /** Records the run with all its nodes (`waiting`) and gives it the next number. */
  create(run: NewRun): Promise<RunRecord>;
  get(id: string): Promise<RunRecord | undefined>;
  /** The run whose execution will have this number or id, while that is not there yet. */
  findPromise(by: { readonly number: number } | { readonly id: string }): Promise<RunRecord | undefined>;
  /** The runs whose execution is not there yet, and has a number already; in the order of these. */
  listPromising(): Promise<readonly RunRecord[]>;
  /** The newest run's number; undefined in an empty project. */
  latestNumber(): Promise<number | undefined>;
  /**
   * Makes `owner` the driver of an unfinished run in place of the one that had `fence`; returns the next fence, which
   * its writes to the run carry from now on. Undefined when the run has ended or somebody else took it first. No event:
   * a reader of the run need not know its driver; `wish` says who wanted it, for the audit log. Without an owner, the
   * run waits for one again.
   */
  claim(runId: string, fence: number, owner: string | undefined, wish?: Wish): Promise<number | undefined>;
  /** With a fence, refused (RefusedWrite, `fence`) when another driver has taken the run over. */
  setState(runId: string, change: RunStateChange): Promise<void>;
  /** Writes a title, a note or tags on a run, whatever its state; returns it as it is then. */
  label(runId: string, labels: RunLabels, wish: Wish): Promise<RunRecord>;
  /** Asks that the run or execution be stopped: its engine sees the event. Returns false when it had ended already. */
  requestStop(target: StopTarget, at: number): Promise<boolean>;
  /** Returns the requests to stop, from this process or another, for what has not ended yet. */
  getStopRequests(runId: string): Promise<StopRequests>;
}

export function runRepository({ database, project, change }: ProjectScope): RunRepository {
  return {
    create: (run) => change((open) => createRun(open, run)),
    get: async (id) => {
      const row = await findRun(database, project, id);
      return row && toRun(row);
    },
    findPromise: (by) => findPromise(database, project, by),
    listPromising: () => listPromising(database, project),
    latestNumber: () => latestNumber(database, project),
    claim: (runId, fence, owner, wish) => change((open) => claimRun(open, runId, { fence, owner, wish })),
    setState: (runId, wanted) => change((open) => setRunState(open, runId, wanted)),
    label: (runId, labels, wish) => change((open) => labelRun(open, runId, labels, wish)),
    requestStop: (target, at) => change((open) => requestStop(open, target, at)),
    getStopRequests: (runId) => getStopRequests(database, project, runId),
  };
}
