import type { SandboxChoice } from "./sandbox-choice.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** What this process was started with. The same for all of its projects; nothing below reads it from anywhere else. */
export interface Installation {
  /** The environment variables of the process. */
  readonly env: Variables;
  /** Of the command line; it counts more than the settings of an environment. */
  readonly sandbox: SandboxChoice;
}
