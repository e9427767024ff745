import * as z from "zod";
import { atLeastOne, boolean, integer, listOf, mapping, number, oneOf, text } from "./fields.ts";

const rulesSchema = mapping("rules", "Which values the parameter takes. Which keys count depends on the style.", {
  value: number("`single`: the value.").optional(),
  items: listOf(z.union([z.string(), z.number(), z.boolean()]), "`multiple`: the values.").optional(),
  start: number("`linear`, `logspace`: first value.").optional(),
  end: number("`linear`, `logspace`: last value.").optional(),
  step: number("`linear`: distance between values.").optional(),
  count: number("`logspace`, `random`: how many values.").optional(),
  base: number("`logspace`: base of the exponents.").optional(),
  min: number("`random`: smallest value.").optional(),
  max: number("`random`: largest value.").optional(),
  distribution: text("`random`: how values are spread.").optional(),
  seed: number("`random`: makes the values repeatable.").optional(),
  integerify: boolean("Whether values are rounded to whole numbers.").optional(),
  numberify: boolean("Whether texts become numbers.").optional(),
});

const variantSchema = mapping("variant", "A parameter that the task varies.", {
  name: text("Parameter of the step."),
  style: oneOf(["linear", "logspace", "multiple", "random", "single"], "How values are chosen."),
  rules: rulesSchema,
});

/** Spelling of `type` and `on-child-error` is free in case and between `-` and `_`; build/task.ts judges them. */
export const taskSchema = mapping(
  "task",
  "Many executions of one step with varied parameters.",
  {
    name: text("Name of the task; unique within the file."),
    step: text("Step that is executed."),
    type: text("grid_search (unless set), random_search, manual_search, bayesian_tpe or distributed.").optional(),
    description: text("Help text.").optional(),
    parameters: listOf(variantSchema, "Parameters that are varied.").optional(),
    "parameter-sets": listOf(z.record(z.string(), z.unknown()), "manual_search: the sets of values, one execution each.").optional(),
    "execution-count": integer("How many executions to run at most.").optional(),
    "execution-batch-size": integer("How many executions are chosen at a time.").optional(),
    "maximum-queued-executions": integer("How many executions may wait in the queue.").optional(),
    "on-child-error": text("continue-and-complete, continue-and-error or stop-all-and-error.").optional(),
    "stop-condition": text("Expression over metadata; the task is stopped when it becomes true.").optional(),
    "reuse-children": boolean("Whether earlier, equal executions are reused.", false).optional(),
    engine: text("bayesian_tpe: optuna (unless set) or hyperopt.").optional(),
    "optimization-target-metric": text("bayesian_tpe: the metadata key to optimise.").optional(),
    "optimization-target-value": number("bayesian_tpe: the value to come close to.").optional(),
  },
  atLeastOne("a task", "parameters", "parameter-sets"),
);

export type TaskSource = z.infer<typeof taskSchema>;
