import type { StepNetwork } from "../executors/index.ts";
import type { ExecutionRecord } from "../store/index.ts";

/** Makes the calls of a server that a step may make for its own execution, as its `api.json` has them. */
export interface StepCalls {
  /** Undefined where steps with this network do not reach the server. */
  open(
    execution: Pick<ExecutionRecord, "id">,
    network: StepNetwork,
  ): Promise<Readonly<Record<string, unknown>> | undefined>;
}
