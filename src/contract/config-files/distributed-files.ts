import { existsSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explainDiskFailure } from "../disk-failure.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { yamlText } from "./yaml-text.ts";

/** One of the executions that a distributed task runs at the same time. */
export interface Member {
  readonly executionId: string;
  /** Its place among them, from 0; the first is the master. */
  readonly rank: number;
  readonly addresses: readonly string[];
  /** The moment at which it was there, in milliseconds since the epoch. */
  readonly announcedAt: number;
}

export interface Members {
  /** The same for all members, and for no other group. */
  readonly group: string;
  readonly self: number;
  readonly all: readonly Member[];
}

/** The file for which a member's commands wait (executors/step/step-script.ts). */
const BEGIN = "distributed.sh";
/** Ports below those that the system gives out by itself. */
const PORTS = { first: 20_000, count: 12_000 };

/**
 * Writes `distributed.json` and `distributed.yaml` to the config folder of one member, then `distributed.sh`, for which
 * its commands wait: it sets the variables by which PyTorch and others find each other, unless the step sets them
 * itself. May be repeated.
 */
export function writeDistributedFiles({ config }: ExecutionFolder, members: Members): void {
  const content = distributedFacts(members);
  const files = {
    "distributed.json": `${JSON.stringify(content, null, 2)}\n`,
    "distributed.yaml": yamlText(content),
    [BEGIN]: variablesText(members),
  };
  try {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(config, `.${name}.new`), text, { mode: 0o644 });
      renameSync(join(config, `.${name}.new`), join(config, name));
    }
  } catch (error) {
    throw explainDiskFailure(error, `write the members of the distributed task to ${config}`);
  }
}

/** Returns the moment at which the member's commands began; undefined while they wait. */
export function membersKnownSince({ config }: ExecutionFolder): number | undefined {
  const path = join(config, BEGIN);
  return existsSync(path) ? statSync(path).mtimeMs : undefined;
}

function distributedFacts({ group, self, all }: Members): unknown {
  const members = all.map(({ executionId, rank, addresses, announcedAt }) => ({
    announce_time: new Date(announcedAt).toISOString(),
    identity: executionId,
    job_id: `exec-${executionId}`,
    member_id: String(rank),
    network: { exposed_ports: {}, local_ips: addresses, public_ips: [] },
  }));
  return {
    config: { group_name: group, member_id: String(self), required_count: all.length },
    members,
    self: members[self],
  };
}

function variablesText({ group, self, all }: Members): string {
  const variables = {
    MASTER_ADDR: all[0]?.addresses[0] ?? "127.0.0.1",
    MASTER_PORT: String(portOf(group)),
    WORLD_SIZE: String(all.length),
    RANK: String(self),
    LOCAL_RANK: "0",
    LOCAL_WORLD_SIZE: "1",
  };
  // Names and addresses have no characters that mean something to a shell.
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}="\${${name}:-${value}}"\n`)
    .join("");
}

/** The same in every member, and in most cases another one than that of a group beside it on the same machine. */
function portOf(group: string): number {
  let sum = 0;
  for (const character of group) sum = (sum * 31 + character.charCodeAt(0)) % 2_147_483_647;
  return PORTS.first + (sum % PORTS.count);
}
