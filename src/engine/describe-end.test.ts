import { describe, expect, it } from "vitest";
import type { JobEnd } from "../executors/index.ts";
import type { StopCause } from "./await-end.ts";
import { describeEnd } from "./describe-end.ts";

const EXITED = (exitCode: number): JobEnd => ({ kind: "exited", exitCode });
const CAUSE = (kind: StopCause["kind"]): StopCause => ({ kind, reason: "why" });

describe("describeEnd", () => {
  it.each<[JobEnd, StopCause | undefined, Record<string, unknown>]>([
    [EXITED(0), undefined, { state: "complete", exitCode: 0 }],
    [EXITED(3), undefined, { state: "error", exitCode: 3, reason: "it exited with code 3" }],
    [
      EXITED(127),
      undefined,
      { state: "error", exitCode: 127, reason: "it exited with code 127: a command was not found (see its log)" },
    ],
    [
      EXITED(126),
      undefined,
      {
        state: "error",
        exitCode: 126,
        reason: "it exited with code 126: a command could not be executed (see its log)",
      },
    ],
    [
      { kind: "signalled", signal: "SIGSEGV" },
      undefined,
      { state: "error", signal: "SIGSEGV", reason: "it was ended by SIGSEGV" },
    ],
    [
      { kind: "signalled", signal: "SIGKILL" },
      undefined,
      {
        state: "error",
        signal: "SIGKILL",
        reason: "it was killed by SIGKILL, from outside or by the system for want of memory",
      },
    ],
    [{ kind: "lost", reason: "no trace" }, undefined, { state: "error", reason: "its process was lost: no trace" }],
    [EXITED(0), CAUSE("stop"), { state: "stopped", exitCode: 0, reason: "why" }],
    [{ kind: "signalled", signal: "SIGKILL" }, CAUSE("stop"), { state: "stopped", signal: "SIGKILL", reason: "why" }],
    [EXITED(130), CAUSE("limit"), { state: "error", exitCode: 130, reason: "why" }],
    [EXITED(130), CAUSE("trouble"), { state: "error", exitCode: 130, reason: "why" }],
    [EXITED(130), CAUSE("stop-condition"), { state: "complete", exitCode: 130, reason: "why" }],
  ])("%j with cause %j", (end, cause, expected) => {
    expect(describeEnd({ end, warnings: [], ...(cause === undefined ? {} : { cause }) })).toEqual(expected);
  });

  it.each([
    [["a was not kept"], "a was not kept"],
    [["a was not kept", "b", "c"], "a was not kept (and 2 more such files)"],
  ])("a good end tells of files that were not kept: %j", (warnings, reason) => {
    expect(describeEnd({ end: EXITED(0), warnings })).toEqual({ state: "complete", exitCode: 0, reason });
  });

  it("a good end whose outputs have no room is an error, another keeps its reason beside that", () => {
    const refusal = "no room";
    expect(describeEnd({ end: EXITED(0), warnings: ["a"], refusal })).toEqual({
      state: "error",
      exitCode: 0,
      reason: "no room",
    });
    expect(describeEnd({ end: EXITED(3), warnings: [], refusal }).reason).toBe("it exited with code 3\nno room");
    expect(describeEnd({ end: EXITED(0), warnings: [], refusal, cause: CAUSE("stop") })).toMatchObject({
      state: "stopped",
      reason: "why\nno room",
    });
  });

  it("a bad end keeps its own reason", () => {
    expect(describeEnd({ end: EXITED(1), warnings: ["a was not kept"] }).reason).toBe("it exited with code 1");
  });
});
