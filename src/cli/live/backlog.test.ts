import { expect, it } from "vitest";
import { Backlog } from "./backlog.ts";

const line = (text: string) => ({ node: "a", stream: "stdout", text }) as const;

it("gives lines out frame by frame, in their order", () => {
  const backlog = new Backlog();
  for (let n = 0; n < 700; n += 1) backlog.push(line(String(n)));
  const first = backlog.take();
  const second = backlog.take();
  expect([...first.lines, ...second.lines].map(({ text }) => text)).toEqual(
    Array.from({ length: 700 }, (_, n) => String(n)),
  );
  expect([first.leftOut, second.leftOut, backlog.isIncomplete]).toEqual([0, 0, false]);
  expect(first.lines).toHaveLength(500);
});

it("keeps the newest lines of a flood and counts the others", () => {
  const backlog = new Backlog();
  for (let n = 0; n < 100_000; n += 1) backlog.push(line(String(n)));
  const { leftOut, lines } = backlog.takeAll();
  expect(leftOut + lines.length).toBe(100_000);
  expect(lines.length).toBeLessThanOrEqual(5000);
  expect(lines.at(-1)?.text).toBe("99999");
  expect(backlog.isIncomplete).toBe(true);
});

it("keeps no more than a few megabytes of lines that are long", () => {
  const backlog = new Backlog();
  for (let n = 0; n < 1000; n += 1) backlog.push(line(`${n} ${"x".repeat(65_000)}`));
  const { leftOut, lines } = backlog.takeAll();
  expect(leftOut + lines.length).toBe(1000);
  expect(lines.length).toBeLessThanOrEqual(65);
  expect(lines.at(-1)?.text.startsWith("999 ")).toBe(true);
  for (let n = 0; n < 60; n += 1) backlog.push(line("x".repeat(65_000)));
  expect(backlog.takeAll().leftOut).toBe(0);
});
