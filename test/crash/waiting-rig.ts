import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ProjectRig, type RunningCommand } from "../rig.ts";

/** Prints, waits for a word from outside, and prints again. */
export const WAIT = `echo '{"half": 1}'; touch $XDG_CACHE_HOME/half; while ! [ -e $XDG_CACHE_HOME/go ]; do sleep 0.05; done; echo '{"half": 2}'`;

/** A configuration with one step, `s`. */
export function stepYaml(command: string, more = ""): string {
  return `- step: { name: s, image: "", command: ${JSON.stringify(command)}${more} }\n`;
}

/** A project and a folder that both the test and its steps can write to. */
export class WaitingRig extends ProjectRig {
  readonly shared = mkdtempSync(join(tmpdir(), "headrace-shared-"));
  readonly environment: Readonly<Record<string, string>>;

  constructor(files: Readonly<Record<string, string>> = {}, environment: Readonly<Record<string, string>> = {}) {
    super(files);
    this.environment = {
      XDG_CACHE_HOME: this.shared,
      HEADRACE_STEP_CACHE: this.shared,
      HEADRACE_GRACE_S: "0.3",
      ...environment,
    };
  }

  begin(...args: readonly string[]): RunningCommand {
    return this.startIn(this.root, this.environment, ...args);
  }

  /** Resolves when a step has made the file. */
  async appears(name: string): Promise<void> {
    while (!existsSync(join(this.shared, name))) await delay(20);
  }

  go(): void {
    writeFileSync(join(this.shared, "go"), "");
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.go();
    await super[Symbol.asyncDispose]();
    rmSync(this.shared, { recursive: true, force: true });
  }
}
