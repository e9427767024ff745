import { describe, expect, test } from "vitest";
import { HeadraceError } from "../../errors.ts";
import { RefusedHousekeeping } from "../housekeeping/refused-housekeeping.ts";
import { type ClearingSchedule, clearOnce } from "./clearing-schedule.ts";

const REFUSED = new RefusedHousekeeping("another process is clearing up in this project", "wait");

/** Clears up twice for the same day; returns the failures and the calls. */
async function clearedTwice(once: ClearingSchedule["once"], clear: () => void = () => undefined) {
  const [failures, cleared]: [unknown[], boolean[]] = [[], []];
  for (let look = 1; look <= 2; look += 1) {
    await clearOnce({
      ...{ onFailure: (error) => failures.push(error), once, now: () => Date.UTC(2026, 0, 2, 23) },
      clear: async ({ isFirst }) => {
        cleared.push(isFirst);
        clear();
        return undefined;
      },
    }).catch((error: unknown) => failures.push(error));
  }
  return { failures, cleared };
}

describe("the clearing of a day", () => {
  test("is carried out under the name of the day; a second server clears what lies on its own machine", async () => {
    const days: string[] = [];
    const ends = await clearedTwice(async (day, work) => {
      days.push(day);
      if (days.length > 1) return "done-before";
      await work();
      return "done";
    });
    expect(days).toEqual(["2026-01-02", "2026-01-02"]);
    expect(ends).toEqual({ failures: [], cleared: [true, false] });
  });

  test.each(["first", "further"])(
    "is looked at again later where another process is at it (%s server)",
    async (which) => {
      const { failures, cleared } = await clearedTwice(
        async (_, work) => {
          if (which === "further") return "done-before";
          await work();
          return "done";
        },
        () => {
          throw REFUSED;
        },
      );
      expect([failures, cleared.length]).toEqual([[], 2]);
    },
  );

  test("tells of every other failure, a conflict of another kind included", async () => {
    const conflict = new HeadraceError("HR_CONFLICT", "a run was changed meanwhile", { hint: "try again" });
    const { failures } = await clearedTwice(
      async (_, work) => {
        await work();
        return "done";
      },
      () => {
        throw conflict;
      },
    );
    expect(failures).toEqual([conflict, conflict]);
  });
});
