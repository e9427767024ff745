import { expect, test } from "vitest";
import { parseActor } from "./actor.ts";

test.each([
  ["user:ada", { kind: "user", name: "ada" }],
  ["local:CORP\\ada", { kind: "local", name: "CORP\\ada" }],
  ["trigger:a:b", { kind: "trigger", name: "a:b" }],
  ["execution:01a2", { kind: "execution", name: "01a2" }],
  ["ada", undefined],
  ["user:", undefined],
  ["root:ada", undefined],
  ["", undefined],
] as const)("%j names %j", (text, actor) => {
  expect(parseActor(text)).toEqual(actor);
});
