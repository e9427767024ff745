import { afterAll, beforeAll, describe, test } from "vitest";
import type { ProjectRig } from "../rig.ts";
import { type ContractSubject, configOf, contractProject, resultsOf, runContract } from "./contract-rig.ts";
import type { ContractResult } from "./contract-step.ts";
import { CONTRACT_STEPS } from "./contract-steps.ts";
import { testFullDisk } from "./test-full-disk.ts";
import { testLife } from "./test-life.ts";
import { testMembers } from "./test-members.ts";

/**
 * Holds an environment to the step contract, end to end: real steps through the real command. A new executor is done
 * when it passes this and src/executors/conformance.ts.
 */
export function testContract(name: string, subject: ContractSubject): void {
  describe(`the step contract: ${name}`, () => {
    testSteps(subject);
    testLife(subject);
    testFullDisk(subject);
  });
  describe(`distributed tasks: ${name}`, () => testMembers(subject));
}

/**
 * One run of all steps: minutes on a busy machine, of which containers take the most. Where it is not enough, every
 * step is skipped.
 */
const WHOLE_RUN_MS = 1_200_000;

/** The steps, as nodes of one pipeline: one run, and a look at what came of each. */
function testSteps(subject: ContractSubject): void {
  const steps = CONTRACT_STEPS.filter((step) => subject.isolated || step.needsIsolation === undefined);
  let rig: ProjectRig | undefined;
  let results: ReadonlyMap<string, ContractResult>;

  beforeAll(async () => {
    rig = contractProject(subject, configOf(steps, subject));
    const run = await runContract(rig, subject, "contract");
    results = await resultsOf(rig, run);
  }, WHOLE_RUN_MS);
  afterAll(async () => await rig?.[Symbol.asyncDispose]());

  test.each(steps.map((step) => [step.name, step] as const))("%s", (name, step) => {
    const result = results.get(name);
    if (result === undefined) throw new Error(`${name} did not run`);
    step.check(result);
  });
}
