import { expect, test } from "vitest";
import { turnForTable } from "./table-turns.ts";

test("two have their turn at once, others wait, and those that are too many or have gone are refused", async () => {
  const held = [await turnForTable(), await turnForTable()];
  const leaving = new AbortController();
  const gone = turnForTable(leaving.signal);
  const waiting = Array.from({ length: 19 }, () => turnForTable());
  await expect(turnForTable()).rejects.toMatchObject({ code: "HR_TOO_MANY_REQUESTS" });
  leaving.abort(new Error("has gone"));
  await expect(gone).rejects.toThrow("has gone");
  for (const turn of held) turn[Symbol.dispose]();
  // Each that ends lets the next begin.
  for (const turn of waiting) (await turn)[Symbol.dispose]();
  (await turnForTable())[Symbol.dispose]();
});
