import { expect, test } from "vitest";
import { planOf } from "../../store/conformance/rig.ts";
import { PlanShelf, type ShelvedPlan } from "./plan-shelf.ts";

function planned(nodes: number): ShelvedPlan {
  const plan = planOf(Array.from({ length: nodes }, (_, index) => `n${index}`));
  const main = { capture: () => Promise.reject(new Error("it is not run")) };
  return { plan, warnings: [], code: { main, others: new Map() }, isFrom: false };
}

test("a plan is there until it is taken", () => {
  const shelf = new PlanShelf();
  const plan = planned(1);
  const id = shelf.add(plan);
  expect([shelf.get(id), shelf.get(id), shelf.take(id)]).toEqual([plan, plan, plan]);
  expect(() => shelf.take(id)).toThrow(`there is no plan "${id}" that waits to be started`);
});

test("the oldest plans go where there are too many", () => {
  const shelf = new PlanShelf();
  const ids = Array.from({ length: 70 }, () => shelf.add(planned(1)));
  const kept = ids.filter((id) => {
    try {
      return shelf.get(id) !== undefined;
    } catch {
      return false;
    }
  });
  expect(kept).toEqual(ids.slice(-64));
});

test("plans with very many nodes make room for one another, and the newest stays whatever its size", () => {
  const shelf = new PlanShelf();
  const [small, large] = [shelf.add(planned(1)), shelf.add(planned(150_000))];
  const larger = shelf.add(planned(200_001));
  expect(() => shelf.get(small)).toThrow("waits to be started");
  expect(() => shelf.get(large)).toThrow("waits to be started");
  expect(shelf.get(larger).plan.nodes).toHaveLength(200_001);
});
