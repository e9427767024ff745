import { expect, test } from "vitest";
import { nodeCaption } from "./node-caption.ts";

const node = { name: "deploy", type: "execution", of: "deploy", approvals: [] } as const;

test.each([
  [{}, ""],
  [{ of: "push" }, "push"],
  [{ approvals: ["start"] as const }, "approval before"],
  [{ of: "push", approvals: ["end"] as const }, "push · approval after"],
  [{ approvals: ["start", "end"] as const }, "approval before and after"],
])("%j", (change, caption) => {
  expect(nodeCaption({ ...node, ...change })).toBe(caption);
});
