import type { ExecutorKinds } from "../../executors/index.ts";
import type { MachineFacts } from "../../machine/index.ts";
import type { AddressPolicy } from "../../network/index.ts";
import type { Tracer } from "../../telemetry/index.ts";
import type { SandboxChoice } from "./sandbox-choice.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The settings that this process was started with. The same for all of its projects; nothing below reads it from
 * anywhere else.
 */
export interface Installation {
  /** The environment variables of the process. */
  readonly env: Variables;
  /** The choice on the command line; it counts more than the settings of an environment. */
  readonly sandbox: SandboxChoice;
  /** The kinds of executors; absent: those of this program. */
  readonly executorKinds?: ExecutorKinds | undefined;
  /** The hosts that are reached on behalf of users; absent: whatever this machine reaches. */
  readonly addresses?: AddressPolicy | undefined;
  /** The facts that are known of this machine; absent: each project finds them out for itself. */
  readonly machine?: MachineFacts | undefined;
  /** Tells a collector of what happens; absent: nobody wants to know. Closed by the caller that opened it. */
  readonly tracer?: Tracer | undefined;
}
