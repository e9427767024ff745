import type { Axis, ForEach, Goal, Pruning, Scalar, Sweep } from "../../config/index.ts";
import { flag, kinds, list, literal, number, object, optional, record, type Shape, text } from "./shape.ts";

const scalar: Shape<Scalar> = (value) =>
  value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? undefined
    : " is no scalar";
const value: Shape<Scalar | readonly Scalar[]> = (given) =>
  Array.isArray(given) ? list(scalar)(given) : scalar(given);

const spaced = { name: text, start: number, step: number, count: number, whole: flag };

const axis = kinds<Axis>({
  list: object({ name: text, values: list(scalar) }),
  linear: object(spaced),
  logspace: object({ ...spaced, base: number }),
  range: object({
    ...{ name: text, low: number, high: number, log: flag, whole: flag },
    ...{ count: optional(number), seed: optional(number) },
  }),
});

/** The sweep of a planned task. */
export const sweep = object<Sweep>({
  method: literal("grid", "random", "manual", "tpe", "sobol", "distributed"),
  axes: list(axis),
  sets: optional(list(record(value))),
  forEach: optional(object<ForEach>({ kind: literal("input", "parameter"), name: text, count: optional(number) })),
  limit: optional(number),
  seed: number,
  goals: list(object<Goal>({ metric: text, direction: literal("max", "min", "target"), value: optional(number) })),
  parallel: optional(number),
  onChildError: literal("continue-and-complete", "continue-and-error", "stop-all-and-error"),
  stopCondition: optional(text),
  pruning: optional(
    object<Pruning>({
      ...{ method: literal("asha", "median"), metric: text, direction: literal("max", "min"), step: optional(text) },
      ...{ min: number, factor: number, startup: number },
    }),
  ),
});
