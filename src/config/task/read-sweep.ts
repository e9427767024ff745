import type { Parameter, ParameterValue, Step, TaskBlueprint, TaskType } from "../model.ts";
import type { Path } from "../report/problem.ts";
import { type Axis, combinationsOf, countOf, valueAt } from "./axis.ts";
import type { Goal } from "./goal.ts";
import { readAxis } from "./read-axis.ts";
import {
  excessOf,
  FEWER,
  type ForEach,
  LARGEST_LIMIT,
  MOST_EXECUTIONS,
  MOST_MEMBERS,
  type Pruning,
  type Sweep,
  type SweepMethod,
  trialsOf,
} from "./sweep.ts";

/** Something in a task that keeps it from running, and where it stands below the task. */
export interface SweepProblem {
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
}

export type SweepResult =
  | { readonly ok: true; readonly sweep: Sweep; readonly warnings: readonly SweepProblem[] }
  | { readonly ok: false; readonly problems: readonly SweepProblem[] };

const METHODS: Readonly<Record<TaskType, SweepMethod>> = {
  grid_search: "grid",
  random_search: "random",
  manual_search: "manual",
  bayesian_tpe: "tpe",
  quasi_random: "sobol",
  distributed: "distributed",
};

/** Executions of a random search that does not say how many it wants. */
const DEFAULT_COUNT = 10;

/**
 * Reads the keys of a task, with its step, or that of the node if it overrides some of it. `limit` and `goals` of a
 * request take the place of the file's.
 */
export function readSweep(task: TaskBlueprint, step: Pick<Step, "parameters" | "inputs">): SweepResult {
  const reader = new SweepReader(task, step);
  const sweep = reader.read();
  if (sweep === undefined || reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, sweep, warnings: reader.warnings };
}

class SweepReader {
  readonly problems: SweepProblem[] = [];
  readonly warnings: SweepProblem[] = [];
  readonly #task: TaskBlueprint;
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #inputs: ReadonlySet<string>;

  constructor(task: TaskBlueprint, { parameters, inputs }: Pick<Step, "parameters" | "inputs">) {
    this.#task = task;
    this.#parameters = new Map(parameters.map((parameter) => [parameter.name, parameter]));
    this.#inputs = new Set(inputs.map(({ name }) => name));
  }

  read(): Sweep | undefined {
    const method = METHODS[this.#task.type];
    const forEach = this.#forEach(method);
    const axes = this.#axes();
    if (method === "distributed") return this.#members(axes);
    const sets = method === "manual" ? this.#sets(axes, "a manual search") : undefined;
    const limit = this.#limit(method, axes);
    const goals = this.#goals(method);
    const parallel = this.#parallel();
    const pruning = this.#pruning(goals);
    if (this.problems.length > 0) return undefined;
    const sweep: Sweep = {
      method,
      axes: method === "manual" ? [] : axes,
      ...(sets === undefined ? {} : { sets }),
      ...(forEach === undefined ? {} : { forEach }),
      ...(limit === undefined ? {} : { limit }),
      seed: this.#task.seed ?? 0,
      goals,
      ...(parallel === undefined ? {} : { parallel }),
      onChildError: this.#task.onChildError ?? "continue-and-complete",
      ...(this.#task.stopCondition === undefined ? {} : { stopCondition: this.#task.stopCondition }),
      ...(pruning === undefined ? {} : { pruning }),
    };
    return this.#counted(sweep);
  }

  /** Results of one file say nothing of the next, so that only a grid goes over files. */
  #forEach(method: SweepMethod): ForEach | undefined {
    const { forEach: name, parameters, step } = this.#task;
    if (name === undefined) return undefined;
    const path: Path = ["for-each"];
    const isInput = this.#inputs.has(name);
    if (isInput && this.#parameters.has(name))
      return this.#fail(
        path,
        `\`${name}\` is an input and a parameter of the step \`${step}\``,
        "rename one of them, so that `for-each` says which one it means",
      );
    if (!isInput && !this.#parameters.has(name))
      return this.#fail(path, `the step \`${step}\` has no input and no parameter \`${name}\``);
    if (method !== "grid")
      return this.#fail(path, "`for-each` goes with `type: grid_search` alone", "leave `type` out");
    if (parameters.some((variant) => variant.name === name))
      return this.#fail(path, `\`${name}\` is varied by \`for-each\` and by \`parameters\``);
    return { kind: isInput ? "input" : "parameter", name };
  }

  #axes(): readonly Axis[] {
    const axes: Axis[] = [];
    const seen = new Set<string>();
    for (const [index, variant] of this.#task.parameters.entries()) {
      const path: Path = ["parameters", index];
      if (seen.has(variant.name))
        this.#fail([...path, "name"], `\`${variant.name}\` is varied twice`, "give all of its values together");
      seen.add(variant.name);
      const parameter = this.#parameters.get(variant.name);
      if (parameter === undefined) {
        this.#fail([...path, "name"], `the step \`${this.#task.step}\` has no parameter \`${variant.name}\``);
        continue;
      }
      const result = readAxis(variant, parameter);
      if (result.ok) axes.push(result.axis);
      else
        for (const { key, message } of result.problems)
          this.#fail(
            key !== undefined && Object.hasOwn(variant.rules, key) ? [...path, "rules", key] : [...path, "rules"],
            message,
          );
    }
    return axes;
  }

  /** Lists of a manual search go side by side: the first values together, then the second … */
  #sets(axes: readonly Axis[], what: string): Sweep["sets"] {
    const { parameterSets } = this.#task;
    for (const [index, set] of parameterSets.entries())
      for (const name of Object.keys(set))
        if (!this.#parameters.has(name))
          this.#fail(["parameter-sets", index, name], `the step \`${this.#task.step}\` has no parameter \`${name}\``);
    if (axes.length === 0) {
      if (parameterSets.length === 0 && this.problems.length === 0)
        this.#fail(["type"], `${what} needs \`parameter-sets\`, or lists of values in \`parameters\``);
      return parameterSets;
    }
    const lists = axes.flatMap((axis) => (axis.kind === "range" ? [] : [axis]));
    if (lists.length < axes.length) {
      this.#fail(["parameters"], `${what} takes no \`random\` values: it lists what it runs with`);
      return undefined;
    }
    const lengths = new Set(lists.map((axis) => countOf(axis) ?? 0).filter((length) => length !== 1));
    if (lengths.size > 1) {
      this.#fail(
        ["parameters"],
        `the lists of ${what} go side by side, and these have ${[...lengths].join(" and ")} values`,
      );
      return undefined;
    }
    const length = [...lengths][0] ?? 1;
    if (length > MOST_EXECUTIONS) return [];
    const sides = Array.from({ length }, (_, index) =>
      Object.fromEntries(
        lists.map((axis): [string, ParameterValue] => [axis.name, valueAt(axis, countOf(axis) === 1 ? 0 : index)]),
      ),
    );
    return [...parameterSets, ...sides];
  }

  /** All executions of a distributed task run at the same time, with the same values or with one set of values each. */
  #members(axes: readonly Axis[]): Sweep | undefined {
    const { executionCount, parameterSets, goals, earlyStopping, stopCondition, onChildError } = this.#task;
    const given = axes.length + parameterSets.length === 0 ? [] : (this.#sets(axes, "a distributed task") ?? []);
    const count = executionCount ?? (given.length > 1 ? given.length : undefined);
    if (count === undefined)
      this.#fail(["type"], "a distributed task needs to know how many members it has", "add `execution-count`");
    else if (count < 1 || count > MOST_MEMBERS)
      this.#fail(["execution-count"], `a distributed task has 1 to ${MOST_MEMBERS} members, not ${count}`);
    else if (given.length > 1 && given.length !== count)
      this.#fail(["execution-count"], `there are ${given.length} sets of values for ${count} members`);
    if (goals.length > 0)
      this.#fail(["goal"], "the members of a distributed task are no trials, of which one is the best");
    if (earlyStopping !== undefined)
      this.#fail(["early-stopping"], "the members of a distributed task end together, and none before the others");
    if (onChildError !== undefined && onChildError !== "stop-all-and-error")
      this.warnings.push({
        path: ["on-child-error"],
        message: `the failure of one member ends all of a distributed task: \`${onChildError}\` has no effect`,
      });
    if (count === undefined || this.problems.length > 0) return undefined;
    const sets = Array.from({ length: count }, (_, index) => given[given.length === 1 ? 0 : index] ?? {});
    return {
      ...{ method: "distributed", axes: [], sets, seed: 0, goals: [], onChildError: "stop-all-and-error" },
      ...(stopCondition === undefined ? {} : { stopCondition }),
    };
  }

  #limit(method: SweepMethod, axes: readonly Axis[]): number | undefined {
    const { executionCount } = this.#task;
    if (executionCount !== undefined && (executionCount < 1 || executionCount > LARGEST_LIMIT)) {
      this.#fail(
        ["execution-count"],
        `\`execution-count\` has to be from 1 to ${LARGEST_LIMIT}, not ${executionCount}`,
      );
      return undefined;
    }
    if (executionCount !== undefined || method === "grid" || method === "manual") return executionCount;
    const counts = axes.flatMap((axis) => (axis.kind === "range" && axis.count !== undefined ? [axis.count] : []));
    if (counts.length > 0) return Math.max(...counts);
    // A search of fewer places ends once it has been to each.
    const places = combinationsOf(axes);
    if (places !== undefined && places <= DEFAULT_COUNT) return DEFAULT_COUNT;
    this.warnings.push({
      path: ["type"],
      message: `the number of executions is not set (\`execution-count\`): the task runs ${DEFAULT_COUNT}`,
    });
    return DEFAULT_COUNT;
  }

  #goals(method: SweepMethod): readonly Goal[] {
    this.#refuseSameGoals();
    const { goals, optimizationTargetMetric: metric, optimizationTargetValue: value } = this.#task;
    if (metric === undefined || metric === "") {
      if (goals.length > 0) return value === undefined ? goals : withValue(goals, value);
      if (method === "tpe")
        this.#fail(
          ["type"],
          "a Bayesian search needs to know what it looks for",
          "add `goal: max:METRIC` or `goal: min:METRIC`, or `optimization-target-metric` with `optimization-target-value`",
        );
      return [];
    }
    const named = goals.find((goal) => goal.metric === metric);
    if (named !== undefined) {
      const first = value === undefined ? named : { ...named, value };
      return [first, ...goals.filter((goal) => goal !== named)];
    }
    if (goals.length > 0) {
      this.#fail(
        ["goal"],
        `\`goal\` and \`optimization-target-metric\` name different metrics`,
        "leave one of them out",
      );
      return [];
    }
    if (value !== undefined) return [{ metric, direction: "target", value }];
    if (method !== "tpe") return [];
    this.#fail(
      ["optimization-target-metric"],
      `nothing says whether \`${metric}\` is to be large or small`,
      `add \`goal: max:${metric}\`, \`goal: min:${metric}\`, or an \`optimization-target-value\` to come close to`,
    );
    return [];
  }

  /** Both limit how many there are at a time; the smaller one counts. */
  #refuseSameGoals(): void {
    const seen = new Map<string, Goal>();
    for (const goal of this.#task.goals) {
      const { metric, direction } = goal;
      const other = seen.get(metric);
      if (other !== undefined)
        this.#fail(
          ["goal"],
          other.direction === direction
            ? `the goal \`${metric}\` is named twice`
            : `the goals want a large and a small \`${metric}\``,
          "leave one of the two out",
        );
      seen.set(metric, goal);
    }
  }

  #parallel(): number | undefined {
    const limits = [
      ["maximum-queued-executions", this.#task.maximumQueuedExecutions],
      ["execution-batch-size", this.#task.executionBatchSize],
    ] as const;
    for (const [key, limit] of limits)
      if (limit !== undefined && limit < 1) this.#fail([key], `\`${key}\` has to be 1 or more, not ${limit}`);
    const set = limits.flatMap(([, limit]) => (limit === undefined ? [] : [limit]));
    return set.length === 0 ? undefined : Math.min(...set);
  }

  #pruning(goals: readonly Goal[]): Pruning | undefined {
    const { earlyStopping } = this.#task;
    if (earlyStopping === undefined) return undefined;
    const [goal] = goals;
    if (goal === undefined)
      return this.#fail(["early-stopping"], "`early-stopping` needs a goal to compare by", "add `goal: max:METRIC`");
    const metric = earlyStopping.metric ?? goal.metric;
    const own = goals.find((each) => each.metric === metric) ?? goal;
    if (own.direction === "target")
      return this.#fail(
        ["early-stopping"],
        "`early-stopping` needs a goal that is to be large or small",
        `add \`goal: max:${metric}\` or \`goal: min:${metric}\``,
      );
    const { method = "asha", step, min = 1, factor = 3, startup = 5 } = earlyStopping;
    if (factor < 2) this.#fail(["early-stopping", "factor"], `\`factor\` has to be 2 or more, not ${factor}`);
    if (min < 1) this.#fail(["early-stopping", "min"], `\`min\` has to be 1 or more, not ${min}`);
    return { method, metric, direction: own.direction, ...(step === undefined ? {} : { step }), min, factor, startup };
  }

  #counted(sweep: Sweep): Sweep | undefined {
    const uncounted = sweep.axes.findIndex((axis) => countOf(axis) === undefined);
    if (sweep.method === "grid" && uncounted !== -1) {
      return this.#fail(
        ["parameters", uncounted, "rules"],
        `\`${sweep.axes[uncounted]?.name ?? ""}\` has any number of values, and a grid search runs each`,
        "give it steps, or choose a random search",
      );
    }
    if (trialsOf(sweep) === 0) return this.#fail(["parameters"], "there is nothing to run: no set of values is left");
    const excess = excessOf(sweep);
    if (excess === undefined) return sweep;
    return this.#fail(["parameters"], excess, FEWER);
  }

  #fail(path: Path, message: string, hint?: string): undefined {
    this.problems.push({ path, message, ...(hint === undefined ? {} : { hint }) });
  }
}

function withValue(goals: readonly Goal[], value: number): readonly Goal[] {
  const [first, ...others] = goals;
  return first === undefined ? [] : [{ ...first, value }, ...others];
}
