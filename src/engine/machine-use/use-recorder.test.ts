import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { UseReading } from "../../executors/index.ts";
import type { MachineUseToSave } from "../../store/index.ts";
import { UseRecorder, type WatchedStep } from "./use-recorder.ts";

const reading = (at: number): UseReading => ({ at, totals: { cpu: at / 1000 } });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function rig() {
  const saved: MachineUseToSave[] = [];
  const recorder = new UseRecorder({
    records: { save: async (all) => void saved.push(...all), get: async () => undefined },
    monotonic: Date.now,
    gpus: { look: async () => undefined },
  });
  return { recorder, saved };
}

function step(id: string, running: WatchedStep["running"]): WatchedStep {
  return { ...{ executionId: id, fence: 1, isAdopted: false, startedAt: Date.now(), cards: [] }, running };
}

test("asks nothing of a step that ends within a second, and records nothing", async () => {
  const { recorder, saved } = rig();
  const use = vi.fn(async () => [reading(Date.now())]);
  const watched = recorder.watch(step("short", { use }));
  await vi.advanceTimersByTimeAsync(900);
  watched[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(5_000);
  await recorder[Symbol.asyncDispose]();
  expect(use).not.toHaveBeenCalled();
  expect(saved).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test("records what was noted where the step ran, although other steps are looked at while that is read", async () => {
  const { recorder, saved } = rig();
  const noted = Promise.withResolvers<readonly UseReading[]>();
  const watched = recorder.watch(step("noted", { notesUse: true, use: () => noted.promise }));
  recorder.watch(step("other", { use: async () => [] }));
  await vi.advanceTimersByTimeAsync(1_500);
  watched[Symbol.dispose]();
  await vi.advanceTimersByTimeAsync(4_000);
  const left = recorder[Symbol.asyncDispose]();
  noted.resolve([reading(Date.now() + 1_000)]);
  await left;
  expect(saved.map(({ executionId }) => executionId)).toEqual(["noted"]);
});
