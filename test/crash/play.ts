import type { CommandEnd, Kill } from "./engine-process.ts";
import type { Outcome } from "./outcome.ts";
import type { RecordsPlace } from "./records-place.ts";
import type { Scenario } from "./scenarios.ts";

export const SANDBOXES = ["auto", "off", "unshare"] as const;
export type SandboxName = (typeof SANDBOXES)[number];

/** The outcome of an undisturbed run, and how often it passed each fault point. */
export interface Reference {
  readonly scenario: Scenario;
  readonly sandbox: SandboxName;
  readonly outcome: Outcome;
  readonly passed: ReadonlyMap<string, number>;
}

export interface RoundPlan {
  readonly reference: Reference;
  /**
   * One for each command: the first is the run, the others resume it. Some moments are never reached: then nobody is
   * killed.
   */
  readonly kills: readonly Kill[];
}

/** The settings that all rounds of a campaign have in common. */
export interface RoundSetting {
  /** The bundled command with fault points in it. */
  readonly program: string;
  readonly place: RecordsPlace;
  /** One: `run` and `resume`. Two: `headrace engine`, twice, and `run --detach`. */
  readonly engines: 1 | 2;
}

/** The kills and faults while a round was played. */
export interface Played {
  readonly killed: string[];
  readonly faults: string[];
}

/** Returns the place where a command was killed, for the count. */
export function placeOf(kill: Kill | undefined): string {
  return kill?.kind === "point" ? kill.point : "at a random time";
}

const ENDED = /run \d+ has ended already/;

/** Returns what is wrong with how a command ended by itself. */
export function endFaults({ code, output }: CommandEnd): readonly string[] {
  if (output.includes("HR_INTERNAL")) return [`the command reports a defect:\n${output}`];
  const isError = output.includes('"error": {') && !ENDED.test(output);
  return (code === 0 || code === 1) && !isError ? [] : [`the command exited with ${code}:\n${output}`];
}
