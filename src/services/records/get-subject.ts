import type { ExecutionView, MachineUseView, RunRecordView, SubjectView } from "../../api/index.ts";
import type { Context } from "../context.ts";
import { describeExecution } from "./details.ts";
import { describeMachineUse } from "./machine-use.ts";
import { findExecution, findRun, findSubject } from "./refs.ts";
import { describeRunRecord } from "./run-outputs.ts";
import { describeChecks } from "./step-checks.ts";

/** Returns what a reference names: an execution with its files, a run without its nodes. */
export async function getSubject({ project }: Context, ref: string): Promise<SubjectView> {
  const store = await project.reader();
  const subject = await findSubject(store, ref);
  return subject.kind === "run"
    ? { kind: "run", run: await describeRunRecord(store, subject.run) }
    : {
        kind: "execution",
        execution: await describeExecution(store, subject.execution),
        machineUse: await describeMachineUse(store, subject.execution),
        checks: await describeChecks(store, subject.execution),
      };
}

/** Returns what an execution used of the machine; null where nothing was noted. */
export async function getMachineUse({ project }: Context, ref: string): Promise<MachineUseView | null> {
  const store = await project.reader();
  return await describeMachineUse(store, await findExecution(store, ref));
}

export async function getRun({ project }: Context, ref: string): Promise<RunRecordView> {
  const store = await project.reader();
  return await describeRunRecord(store, await findRun(store, ref));
}

export async function getExecution({ project }: Context, ref: string): Promise<ExecutionView> {
  const store = await project.reader();
  return await describeExecution(store, await findExecution(store, ref));
}
