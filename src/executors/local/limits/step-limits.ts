import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { executionFolder } from "../../../contract/index.ts";
import { HeadraceError, systemErrorCode } from "../../../errors.ts";
import type { MachineFacts } from "../../../machine/index.ts";
import type { JobEnd, JobResources, JobSpec } from "../../executor.ts";
import { limitOfMemory } from "../../memory-limit.ts";
import { type Ceiling, type GroupHost, joinFiles, makeGroups, removeGroups, type StepGroups } from "./cgroups.ts";
import {
  type MemoryCounts,
  type MemoryDeath,
  memoryCounts,
  memoryDeath,
  memoryGroupOf,
  ownMemoryGroup,
} from "./memory-death.ts";

/**
 * The ways in which a step is held to its `resources`: by groups of its own, else by a ulimit for each of its
 * processes, else not at all.
 */
export type LimitKind = GroupHost["kind"] | "rlimit" | "none";

/** `control/limits`: what any engine needs to know of them. */
interface StepLimits {
  readonly kind: LimitKind;
  readonly memoryMb?: number;
  readonly memoryMaxOf?: "environment";
  readonly groups?: StepGroups;
}

export function ceilingOf(resources: JobResources | undefined): Ceiling | undefined {
  const { cpuMax: cpu, memoryMaxMb: memoryMb } = resources ?? {};
  return cpu === undefined && memoryMb === undefined ? undefined : { cpu, memoryMb };
}

/** ulimit can hold memory only, and that on Linux only. */
export function limitKindOf(host: GroupHost | undefined, { memoryMb }: Ceiling): LimitKind {
  if (host !== undefined) return host.kind;
  return memoryMb !== undefined && process.platform === "linux" ? "rlimit" : "none";
}

export function limitWarning(kind: LimitKind, { cpu }: Ceiling): string | undefined {
  const why = "this machine has no control groups that Headrace may use";
  if (kind === "none") return `the resources of steps are not enforced: ${why}`;
  if (kind !== "rlimit") return undefined;
  return `the memory of steps is limited for each of their processes only${cpu === undefined ? "" : ", and their processors are not"}: ${why}`;
}

/** The command that starts `command` within its limits. Begun anew after a crash it finds what it made. */
export function limitStep(
  job: Pick<JobSpec, "executionId" | "folder" | "resources">,
  host: GroupHost | undefined,
): readonly string[] {
  const ceiling = ceilingOf(job.resources);
  if (ceiling === undefined) return [];
  const { memoryMb } = ceiling;
  const kind = limitKindOf(host, ceiling);
  const groups = host === undefined ? undefined : makeGroups(host, `headrace-${job.executionId}`, ceiling);
  if (host !== undefined && groups === undefined) {
    throw new HeadraceError(
      "HR_STEP_START",
      `the step cannot be limited to its resources: its control group cannot be made (${host.kind})`,
      {
        hint: "try again; if it stays so, remove `resources` from the step",
      },
    );
  }
  writeLimits(job.folder, {
    kind,
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(job.resources?.memoryMaxOf === undefined ? {} : { memoryMaxOf: job.resources.memoryMaxOf }),
    ...(groups === undefined ? {} : { groups }),
  });
  if (groups !== undefined) return limited(JOIN_GROUPS, joinFiles(groups));
  return kind === "rlimit" && memoryMb !== undefined ? limited(LIMIT_DATA, [String(Math.ceil(memoryMb * 1024))]) : [];
}

/** Arguments: how many there are, those, then the command. A process that writes `0` puts itself into the group. */
const JOIN_GROUPS = `while [ "$1" -gt 0 ]; do __hr_left=$(($1 - 1)); printf 0 >"$2" || exit 126; shift 2; set -- "$__hr_left" "$@"; done; shift; exec "$@"`;
const LIMIT_DATA = `shift; ulimit -d "$1" || exit 126; shift; exec "$@"`;

function limited(script: string, values: readonly string[]): readonly string[] {
  return ["/bin/sh", "-c", script, "headrace", String(values.length), ...values];
}

/** For `explainEnd`, when the step is about to begin. */
export function countsBefore(folder: string, machine: MachineFacts): MemoryCounts {
  return memoryCounts(memoryGroupOf(readLimits(folder)?.groups, ownMemoryGroup(machine)));
}

/**
 * Says so where the step was killed for want of memory, and whose limit that was; a step that goes on without one of
 * its processes has succeeded. `before` are the counts at its start, which an engine that came later does not know.
 */
export function explainEnd(
  folder: string,
  end: JobEnd,
  { machine, before }: { readonly machine: MachineFacts; readonly before: MemoryCounts | undefined },
): JobEnd {
  if (end.kind === "lost" || (end.kind === "exited" && end.exitCode === 0)) return end;
  const limits = readLimits(folder);
  const isAlone = limits?.groups !== undefined;
  // Others are killed in a group that steps share, too.
  if (!isAlone && (before === undefined || !isKilled(end))) return end;
  const own = ownMemoryGroup(machine);
  const death = memoryDeath(memoryGroupOf(limits?.groups, own), { own, before });
  return death === undefined ? end : { ...end, reason: memoryReason(death, limits), outOfMemory: true };
}

function isKilled(end: Exclude<JobEnd, { kind: "lost" }>): boolean {
  return end.kind === "signalled" ? end.signal === "SIGKILL" : end.exitCode === 128 + constants.signals.SIGKILL;
}

function memoryReason(death: MemoryDeath, limits: StepLimits | undefined): string {
  switch (death.of) {
    case "step":
      return `it was killed for using more than its ${limits?.memoryMb} MB of memory (${limitOfMemory(limits)})`;
    case "enclosure":
      return `it was killed for want of memory: the container, service or batch job that Headrace runs in may use ${death.limitMb} MB`;
    case "machine":
      return "it was killed for want of memory: the machine had no more to give";
  }
}

/** Removes the groups of an ended step. */
export async function forgetLimits(folder: string): Promise<void> {
  const groups = readLimits(folder)?.groups;
  if (groups !== undefined) await removeGroups(groups);
}

function limitsFile(folder: string): string {
  return join(executionFolder(folder).control, "limits");
}

function writeLimits(folder: string, limits: StepLimits): void {
  mkdirSync(executionFolder(folder).control, { recursive: true });
  writeFileSync(limitsFile(folder), JSON.stringify(limits));
}

/** Half a file is the trace of a power cut, and no group outlives that. */
function readLimits(folder: string): StepLimits | undefined {
  try {
    return JSON.parse(readFileSync(limitsFile(folder), "utf8")) as StepLimits;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
