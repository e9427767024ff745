import { expect, test } from "vitest";
import { FirstError } from "./first-error.ts";

const CASES: readonly (readonly [string, string, number | undefined])[] = [
  ["nothing that failed", "reading\nwriting", undefined],
  ["an error by its name", "reading\nValueError: no\nexit", 1],
  [
    "the last traceback, since earlier ones were survived",
    "Traceback (most recent call last):\n a\nValueError: a\nretry\nTraceback (most recent call last):\n b\nKeyError: b",
    4,
  ],
  [
    "the cause of a chain",
    "go\nTraceback (most recent call last):\n a\nValueError: a\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n b\nKeyError: b",
    1,
  ],
  [
    "no chain where something was printed in between",
    "Traceback (most recent call last):\nThe above exception was the direct cause\nprinted\nTraceback (most recent call last):\n b",
    3,
  ],
  ["a named error before a plain word", "12:00 ERROR something\nRuntimeError: it", 1],
  ["what a shell says", "sh: 1: trian: not found\nsh: train: command not found", 1],
];

test.each(CASES)("finds %s", (_, log, expected) => {
  const error = new FirstError();
  for (const [line, text] of log.split("\n").entries()) error.take(line, text);
  expect(error.line).toBe(expected);
});
