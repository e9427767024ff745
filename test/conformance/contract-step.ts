import { createHash } from "node:crypto";
import type { ExecutionView } from "../../src/api/index.ts";

/** One promise of docs/step-contract.md: a step as a user would write it, and what must have come of it. */
export interface ContractStep {
  readonly name: string;
  /** Keys of the step; `image` and `name` are added. */
  readonly step: Readonly<Record<string, unknown>>;
  /** `[source, target]` edges into this step's node, by the other's name. */
  readonly edges?: readonly (readonly [from: string, to: string])[];
  /** Left out where steps share the machine's own file system without a view of their own. */
  readonly needsIsolation?: true;
  readonly check: (result: ContractResult) => void;
}

export interface ContractResult {
  readonly execution: ExecutionView;
  readonly stdout: string;
  readonly stderr: string;
  /** All results, by name of the step. */
  readonly others: ReadonlyMap<string, ContractResult>;
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Names and digests of what was kept, sorted by name. */
export function kept({ execution }: ContractResult): readonly (readonly [string, string])[] {
  return execution.outputs
    .map(({ name, sha256: digest }) => [name, digest] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A step's own Python program: one command, since the commands of a list lose their indentation. */
export function python(...lines: readonly string[]): string {
  return ["#!/usr/bin/env python3", ...lines].join("\n");
}
