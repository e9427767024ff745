import { expect } from "vitest";
import { type ContractStep, python } from "../contract-step.ts";

/** Steps that show what a step prints. */
export const logSteps: readonly ContractStep[] = [
  {
    name: "two-streams",
    step: { command: ["echo out; echo err >&2", "echo more"] },
    check: ({ stdout, stderr }) => expect({ stdout, stderr }).toEqual({ stdout: "out\nmore\n", stderr: "err\n" }),
  },
  {
    name: "a-last-line-without-end",
    step: { command: "printf 'a\\nb'" },
    check: ({ stdout }) => expect(stdout).toBe("a\nb\n"),
  },
  {
    name: "bytes-that-are-no-text",
    step: { command: "printf 'a\\377b\\r\\nc\\rd\\n'" },
    check: ({ stdout }) => expect(stdout).toBe("a\uFFFDb\nc\rd\n"),
  },
  {
    name: "many-lines",
    step: { command: "seq 100000" },
    check: ({ stdout }) => {
      const lines = stdout.split("\n");
      expect([lines.length, lines[0], lines[50_000], lines[99_999]]).toEqual([100_001, "1", "50001", "100000"]);
    },
  },
  {
    name: "a-line-of-a-megabyte",
    step: { command: "head -c 1048576 /dev/zero | tr '\\0' x; echo; echo end" },
    check: ({ stdout }) => expect([stdout.length, stdout.slice(-5)]).toEqual([1_048_576 + 5, "\nend\n"]),
  },
  {
    name: "a-stream-opened-by-name",
    step: { command: ["echo one >&2", "echo two > /dev/stderr", "echo three >&2"] },
    check: ({ stderr }) => expect(stderr).toBe("one\ntwo\nthree\n"),
  },
  {
    name: "metadata",
    step: {
      command: python(
        "import json",
        "print(json.dumps({'epoch': 1, 'loss': float('nan')}))",
        "print('loss: {\"no\": 1}')",
        "print('  ' + json.dumps({'epoch': 2, 'name': 'päivä', 'nested': {'a': [1]}}) + ' ')",
        "print('{}'); print('[1]')",
      ),
    },
    check: ({ execution }) =>
      expect(execution.metadata).toEqual({ epoch: 2, loss: "NaN", name: "päivä", "nested.a": [1] }),
  },
  {
    name: "an-object-on-stderr-is-text",
    step: { command: "echo '{\"a\": 1}' >&2" },
    check: ({ execution, stderr }) => {
      expect(execution.metadata).toEqual({});
      expect(stderr).toBe('{"a": 1}\n');
    },
  },
];
