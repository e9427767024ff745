import fc from "fast-check";
import { expect, it } from "vitest";
import { Fifo } from "./fifo.ts";

type Act = { readonly push: number } | "shift" | "drain";

it("is an array that is pushed to, shifted from and emptied", () => {
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 900 }) }) },
    { weight: 4, arbitrary: fc.constant<Act>("shift") },
    { weight: 1, arbitrary: fc.constant<Act>("drain") },
  );
  fc.assert(
    fc.property(fc.array(act), (acts) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      let next = 0;
      for (const one of acts) {
        if (one === "drain") expect(fifo.drain()).toEqual(model.splice(0));
        else if (one === "shift") for (let count = 0; count < 700; count++) expect(fifo.shift()).toBe(model.shift());
        else
          for (let count = 0; count < one.push; count++) {
            fifo.push(next);
            model.push(next++);
          }
        expect(fifo.size).toBe(model.length);
      }
    }),
  );
});

it("gives 200,000 items in their order", () => {
  const fifo = new Fifo<number>();
  for (let item = 0; item < 200_000; item++) fifo.push(item);
  let wrong = 0;
  for (let item = 0; item < 200_000; item++) if (fifo.shift() !== item) wrong++;
  expect([wrong, fifo.shift(), fifo.size]).toEqual([0, undefined, 0]);
});
