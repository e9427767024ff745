import { describe, expect, it } from "vitest";
import type { JobEnd } from "../executors/index.ts";
import type { Failure } from "../planning/index.ts";
import type { StopCause } from "./await-end.ts";
import { failureOf } from "./failure-of.ts";

describe("failureOf", () => {
  it.each<[string, JobEnd, StopCause | undefined, Failure]>([
    ["an exit code", { kind: "exited", exitCode: 3 }, undefined, { kind: "exit", exitCode: 3 }],
    ["a signal", { kind: "signalled", signal: "SIGSEGV" }, undefined, { kind: "signal" }],
    ["a process nobody saw end", { kind: "lost", reason: "gone" }, undefined, { kind: "lost" }],
    ["want of memory", { kind: "signalled", signal: "SIGKILL", outOfMemory: true }, undefined, { kind: "memory" }],
    ["want of memory in a child", { kind: "exited", exitCode: 137, outOfMemory: true }, undefined, { kind: "memory" }],
    [
      "a limit",
      { kind: "signalled", signal: "SIGINT" },
      { kind: "limit", reason: "its time was up" },
      { kind: "timeout" },
    ],
    [
      "a limit that it obeyed",
      { kind: "exited", exitCode: 0 },
      { kind: "limit", reason: "its time was up" },
      { kind: "timeout" },
    ],
    ["trouble with its log", { kind: "exited", exitCode: 0 }, { kind: "trouble", reason: "no log" }, { kind: "other" }],
  ])("%s", (_, end, cause, expected) => {
    expect(failureOf({ end, ...(cause === undefined ? {} : { cause }) })).toEqual(expected);
  });
});
