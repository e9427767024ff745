import { expect } from "vitest";
import { type ContractResult, type ContractStep, kept, python, sha256 } from "../contract-step.ts";

function ends(expected: {
  readonly state: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: unknown;
}): (result: ContractResult) => void {
  return ({ execution: { state, exitCode, signal, reason } }) => {
    expect({ state, exitCode, signal }).toEqual({
      state: expected.state,
      exitCode: expected.exitCode ?? null,
      signal: expected.signal ?? null,
    });
    if (expected.reason !== undefined) expect(reason).toEqual(expected.reason);
  };
}

/** Steps that test how steps end. */
export const endSteps: readonly ContractStep[] = [
  ...[1, 42, 255].map((exitCode) => ({
    name: `exit-code-${exitCode}`,
    step: { command: ["true", `exit ${exitCode}`] },
    check: ends({ state: "error", exitCode, reason: `it exited with code ${exitCode}` }),
  })),
  {
    name: "the-first-failure-ends-it",
    step: { command: ["echo one", "(exit 7)", "echo never"] },
    check: (result) => {
      ends({ state: "error", exitCode: 7 })(result);
      expect(result.stdout).toBe("one\n");
    },
  },
  {
    name: "an-unknown-command",
    step: { command: ["no-such-program --x"] },
    check: (result) => {
      ends({ state: "error", exitCode: 127, reason: "it exited with code 127: a command was not found (see its log)" })(
        result,
      );
      expect(result.stderr).toContain("no-such-program: command not found");
    },
  },
  {
    name: "killed-by-a-signal",
    step: { command: ["kill -KILL $$", "sleep 60"] },
    check: ends({ state: "error", signal: "SIGKILL" }),
  },
  {
    name: "ended-by-a-segmentation-fault",
    step: { command: "kill -SEGV $$; sleep 60" },
    check: ends({ state: "error", signal: "SIGSEGV", reason: "it was ended by SIGSEGV" }),
  },
  {
    name: "an-exit-code-that-looks-like-a-signal",
    step: { command: "exit 137" },
    check: ends({ state: "error", exitCode: 137 }),
  },
  {
    name: "what-it-leaves-behind-is-ended",
    step: { command: ["sleep 600 & setsid sleep 601 & nohup sleep 602 >/dev/null 2>&1 &", "echo done"] },
    check: (result) => {
      ends({ state: "complete", exitCode: 0 })(result);
      expect(result.stdout).toBe("done\n");
    },
  },
  {
    name: "a-time-limit",
    step: { command: ["echo begun", "sleep 600"], "time-limit": 3 },
    check: (result) => {
      expect(result.execution).toMatchObject({ state: "error", reason: "its time-limit of 3 s was reached" });
      expect(result.stdout).toBe("begun\n");
    },
  },
  {
    name: "a-limit-of-silence",
    step: { command: ["echo begun", "sleep 600"], "no-output-timeout": 3 },
    check: ({ execution }) =>
      expect(execution).toMatchObject({ state: "error", reason: "it printed nothing for 3 s (no-output-timeout)" }),
  },
  {
    name: "a-stop-condition",
    step: {
      command: python(
        "import time",
        "print('{\"accuracy\": 0.5}')",
        "print('{\"accuracy\": 0.95}', flush=True)",
        "time.sleep(600)",
      ),
      "stop-condition": "metadata.accuracy > 0.9",
    },
    check: ({ execution }) =>
      expect(execution).toMatchObject({
        state: "complete",
        reason: "its stop-condition became true: metadata.accuracy > 0.9",
        metadata: { accuracy: 0.95 },
      }),
  },
  {
    name: "outputs-of-a-failed-step",
    step: { command: ['echo kept > "$VH_OUTPUTS_DIR/early.txt"', "exit 3"] },
    check: (result) => {
      ends({ state: "error", exitCode: 3 })(result);
      expect(kept(result)).toEqual([["early.txt", sha256("kept\n")]]);
    },
  },
];
