import * as z from "zod";
import {
  atLeastOne,
  boolean,
  integer,
  keyedMapping,
  listOf,
  mapping,
  number,
  oneOf,
  text,
  textOrTexts,
} from "./fields.ts";

const rulesSchema = keyedMapping("rules", "Which values the parameter takes. Which keys count depends on the style.", {
  value: z.union([z.string(), z.number(), z.boolean()]).meta({ description: "`single`: the value." }).optional(),
  items: listOf(z.union([z.string(), z.number(), z.boolean()]), "`multiple`: the values.").optional(),
  start: number("`linear`: first value; `logspace`: first exponent.").optional(),
  end: number("`linear`: last value; `logspace`: last exponent.").optional(),
  step: number("`linear`: distance between values.").optional(),
  count: number("How many values; `random`: in a grid search.").optional(),
  base: number("`logspace`: base of the exponents.").optional(),
  min: number("`random`: smallest value; `linear`, `logspace`: the same as `start`.").optional(),
  max: number("`random`: largest value; `linear`, `logspace`: the same as `end`.").optional(),
  distribution: text("`random`: uniform (unless set) or log-uniform.").optional(),
  seed: number("`random`: makes the values repeatable.").optional(),
  integerify: boolean("Whether values are rounded to whole numbers.").optional(),
  numberify: boolean("Whether texts become numbers.").optional(),
});

const variantSchema = mapping("variant", "A parameter that the task varies.", {
  name: text("Parameter of the step."),
  style: oneOf(["linear", "logspace", "multiple", "random", "single"], "How values are chosen."),
  rules: rulesSchema,
});

const earlyStoppingSchema = keyedMapping(
  "early-stopping",
  "Stops executions that do worse than others did at the same step.",
  {
    method: oneOf(
      ["asha", "median"],
      "`asha`: the best share of a rung goes on; `median`: who is not below it.",
      "asha",
    ).optional(),
    metric: text("Metadata key to compare; that of the goal unless set.").optional(),
    step: text("Metadata key that says how far an execution is; the number of values unless set.").optional(),
    min: number("Nothing is stopped before this step; 1 unless set.").optional(),
    factor: number("`asha`: one in so many goes on; 3 unless set.").optional(),
    startup: integer("`median`: executions that have to have come so far first; 5 unless set.").optional(),
  },
);

export const forEach = text("Input or parameter of the step: one execution for each of its files, or of its values.");

/** Spelling of `type` and `on-child-error` is free in case and between `-` and `_`; build/task.ts judges them. */
export const taskSchema = mapping(
  "task",
  "Many executions of one step with varied parameters.",
  {
    name: text("Name of the task; unique within the file."),
    step: text("Step that is executed."),
    type: text(
      "grid_search (unless set), random_search, manual_search, bayesian_tpe, distributed, or Headrace's own quasi_random.",
    ).optional(),
    description: text("Help text.").optional(),
    parameters: listOf(variantSchema, "Parameters that are varied.").optional(),
    "parameter-sets": listOf(
      z.record(z.string(), z.unknown()),
      "manual_search: the sets of values, one execution each.",
    ).optional(),
    "execution-count": integer("How many executions to run at most.").optional(),
    "execution-batch-size": integer("How many executions may be queued or run at a time.").optional(),
    "maximum-queued-executions": integer("How many executions may be queued or run at a time.").optional(),
    "on-child-error": text("continue-and-complete, continue-and-error or stop-all-and-error.").optional(),
    "stop-condition": text("Expression over metadata; the task is stopped when it becomes true.").optional(),
    "reuse-children": boolean("Whether earlier, equal executions are reused.", true).optional(),
    engine: text("bayesian_tpe: optuna (unless set) or hyperopt.").optional(),
    "optimization-target-metric": text("bayesian_tpe: the metadata key to optimise.").optional(),
    "optimization-target-value": number("bayesian_tpe: the value to come close to.").optional(),
    goal: textOrTexts("What is looked for: `max:METRIC` or `min:METRIC`, or a list of such texts.").optional(),
    seed: integer("Another seed makes other suggestions; 0 unless set.").optional(),
    "early-stopping": earlyStoppingSchema.optional(),
    "for-each": forEach.optional(),
  },
  atLeastOne("a task", "parameters", "parameter-sets", "for-each"),
);

export type TaskSource = z.infer<typeof taskSchema>;
