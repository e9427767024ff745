import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventRecord } from "../events/event.ts";
import type { EventFilter } from "../project/event-feed.ts";
import { lastEventId, newRun, StoreRig, type StoreSubject } from "./rig.ts";

const RUNS = 3;
const KINDS = ["execution-progress", "warning"] as const;

/** A reader reads events of one run or all, of one kind or all, from a cursor so many events before the end. */
const reader = fc.record({
  run: fc.option(fc.nat(RUNS - 1)),
  kind: fc.option(fc.constantFrom(...KINDS)),
  behind: fc.nat(20),
  isSlow: fc.boolean(),
});

const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant("append" as const),
      run: fc.nat(RUNS - 1),
      many: fc.integer({ min: 1, max: 4 }),
      byOther: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("read" as const), reader }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("leave" as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("pause" as const) }) },
);

type Reader = typeof reader extends fc.Arbitrary<infer T> ? T : never;

interface Reading {
  readonly wanted: EventFilter & { readonly afterId: number };
  readonly read: EventRecord[];
  readonly follower: { close(): Promise<void> };
}

export function testEventReaders(subject: StoreSubject): void {
  describe("readers of events", () => {
    test("get each event once, in order, whoever appends at the same time and whenever they come and go", async () => {
      await using rig = await StoreRig.start(subject);
      const { store } = rig;
      const other = await rig.open();
      const runs: string[] = [];
      for (let index = 0; index < RUNS; index++) runs.push((await store.runs.create(newRun())).id);
      let said = 0;
      const runOf = (index: number): string => runs[index] ?? "";

      const append = ({
        run,
        many,
        byOther,
      }: {
        readonly run: number;
        readonly many: number;
        readonly byOther: boolean;
      }): Promise<void> => {
        const remarks = Array.from({ length: many }, (_, index) => ({
          kind: index % 2 === 0 ? ("progress" as const) : ("warning" as const),
          message: `${++said}`,
        }));
        return (byOther ? other : store).events.remark({ runId: runOf(run), node: "a" }, remarks, 1);
      };
      const begin = async ({ run, kind, behind, isSlow }: Reader): Promise<Reading> => {
        const afterId = Math.max(0, (await lastEventId(store)) - behind);
        const wanted = { afterId, ...(run !== null && { runId: runOf(run) }), ...(kind !== null && { kinds: [kind] }) };
        const read: EventRecord[] = [];
        const follower = store.events.follow(wanted, async (event) => {
          if (isSlow) await new Promise((resolve) => setImmediate(resolve));
          read.push(event);
        });
        return { wanted, read, follower };
      };
      const end = async ({ wanted, read, follower }: Reading): Promise<void> => {
        const last = await lastEventId(store);
        await follower.close();
        const missed = await store.events.list({ ...wanted, afterId: read.at(-1)?.id ?? wanted.afterId, limit: 1 });
        expect(missed.filter(({ id }) => id <= last)).toEqual([]);
        // The reader need not have the events that were committed after it had left.
        expect(read).toEqual((await store.events.list({ ...wanted, limit: 10_000 })).slice(0, read.length));
      };

      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (actions) => {
          const readings: Reading[] = [];
          const appending: Promise<void>[] = [];
          for (const step of actions) {
            switch (step.act) {
              case "append":
                appending.push(append(step));
                break;
              case "read":
                readings.push(await begin(step.reader));
                break;
              case "leave": {
                const [leaving] = readings.splice(step.which % Math.max(1, readings.length), 1);
                if (leaving !== undefined) await end(leaving);
                break;
              }
              case "pause":
                await Promise.all(appending.splice(0));
            }
          }
          await Promise.all(appending);
          for (const { wanted, read, follower } of readings) {
            await follower.close();
            expect(read).toEqual(await store.events.list({ ...wanted, limit: 10_000 }));
          }
        }),
        { numRuns: 15 },
      );
    });
  });
}
