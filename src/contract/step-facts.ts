import type { ParameterValue } from "../config/index.ts";
import type { PlacedInput } from "./inputs/place-inputs.ts";

/** The facts that a step can learn about its execution from the files in its config folder and from its environment. */
export interface StepFacts {
  readonly executionId: string;
  readonly executionNumber: number;
  readonly step: string;
  readonly image: string;
  readonly commit: string;
  readonly title?: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  readonly queuedAt?: number;
  readonly project: { readonly id: string; readonly name: string; readonly owner: string };
  /** The one who started the run; absent in runs of early versions. */
  readonly creator?: StepCreator;
  /** The environment where it runs: its name and slug, e.g. `local`. */
  readonly environment?: { readonly id: string; readonly name: string; readonly slug: string };
  /** Absent for a step that runs by itself. */
  readonly pipeline?: {
    readonly id: string;
    readonly number: number;
    readonly nodeId: string;
    readonly title?: string;
    readonly tags: readonly string[];
  };
  readonly task?: { readonly id: string; readonly number: number };
  /** Its place among the members of a distributed task, from 0. */
  readonly member?: { readonly rank: number; readonly count: number };
  /** The content of `parameters.json`; a parameter that is null has no value and is left out. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Parameters of type float, so that 1 is written as 1.0: Python programs look at the type. */
  readonly floatParameters?: readonly string[];
  readonly inputs: readonly PlacedInput[];
  /** The content of `runtime.json`: facts of the place, as the executor gives them. */
  readonly runtime?: Readonly<Record<string, unknown>>;
  /** Its command runs a notebook, with the program that lies beside these files. */
  readonly runsNotebook?: boolean;
  /**
   * The content of `api.json`: calls of a server that the step may make (`set_status_detail` …), each as the arguments
   * of an HTTP request.
   */
  readonly api?: Readonly<Record<string, unknown>>;
}

/** A person or a program that started a run, as its steps are told. */
export interface StepCreator {
  readonly id: string | number;
  readonly name: string;
  readonly email?: string;
}
