import { expect, it } from "vitest";
import { BackgroundWork } from "./background-work.ts";

/** Pieces of work that end when told to. */
function pieces(count: number) {
  return Array.from({ length: count }, () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = (): Promise<void> => {
      piece.begun = true;
      return promise;
    };
    const piece = { begun: false, end: resolve, work };
    return piece;
  });
}

it("lets go on as many pieces as it may, and makes the next one wait", async () => {
  const background = new BackgroundWork(2);
  const [first, second, third] = pieces(3);
  if (first === undefined || second === undefined || third === undefined) throw new Error("three pieces");
  await background.add(first.work);
  await background.add(second.work);
  const added = background.add(third.work);
  expect([first.begun, second.begun, third.begun]).toEqual([true, true, false]);
  second.end();
  await added;
  expect(third.begun).toBe(true);
});

it("never goes beyond its limit, however many wait", async () => {
  const background = new BackgroundWork(2);
  let underWay = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
  };
  await Promise.all(Array.from({ length: 50 }, () => background.add(work)));
  await background.idle();
  expect([most, underWay]).toEqual([2, 0]);
});

it("is idle when everything has ended, also what was added meanwhile", async () => {
  const background = new BackgroundWork(2);
  const [first, second] = pieces(2);
  if (first === undefined || second === undefined) throw new Error("two pieces");
  await background.add(first.work);
  let idle = false;
  const waiting = background.idle().then(() => {
    idle = true;
  });
  await background.add(second.work);
  first.end();
  await Promise.resolve();
  expect(idle).toBe(false);
  second.end();
  await waiting;
  await background.idle();
});
