import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HeadraceError } from "../../errors.ts";
import { planOf } from "../../store/conformance/rig.ts";
import { openTestStore, type TestStore } from "../../store/fixtures/open-test-store.ts";
import { findSubject } from "./refs.ts";

const PLAN = planOf(["train", "a.b"]);

describe("references to runs and executions", () => {
  let folder: string;
  let store: TestStore;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "headrace-refs-"));
    store = await openTestStore({ file: join(folder, "db"), projectName: "p" });
    const run = await store.runs.create({ plan: PLAN, commit: "c", jobs: 1, actor: "local:me", tags: [], at: 1 });
    const resolved = { parameters: {}, inputs: [], environmentVariables: {}, command: [] };
    await store.queue.add({
      runId: run.id,
      node: "train",
      step: "s",
      image: "i",
      environmentName: "local",
      commit: "c",
      resolved,
      at: 2,
    });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ["1", "run 1"],
    ["#1", "run 1"],
    ["=1", "run 1"],
    [" latest ", "run 1"],
    ["2", "execution 2"],
    ["1.train", "execution 2"],
    ["latest.train", "execution 2"],
  ])("%j is %s", async (ref, expected) => {
    const subject = await findSubject(store, ref);
    expect(subject.kind === "run" ? `run ${subject.run.number}` : `execution ${subject.execution.number}`).toBe(
      expected,
    );
  });

  it.each([
    ["", "HR_USAGE", "`` names no run or execution"],
    ["0", "HR_USAGE", "`0` names no run or execution"],
    ["-1", "HR_USAGE", "`-1` names no run or execution"],
    ["1e3", "HR_USAGE", "`1e3` names no run or execution"],
    ["train", "HR_USAGE", "`train` names no run or execution"],
    ["99", "HR_NOT_FOUND", "there is no run or execution 99"],
    ["1.trian", "HR_NOT_FOUND", "run 1 has no node trian"],
    ["1.a.b", "HR_NOT_FOUND", "node a.b of run 1 has not been executed (waiting)"],
    ["2.train", "HR_NOT_FOUND", "2 is an execution and has no nodes"],
  ])("%j is refused: %s, %s", async (ref, code, message) => {
    const error = await findSubject(store, ref).then(
      () => undefined,
      (reason: HeadraceError) => reason,
    );
    expect(error).toMatchObject({ code, message });
  });
});
