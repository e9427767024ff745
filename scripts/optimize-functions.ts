import type { ParameterSpace, ParameterValues } from "../src/tasks/index.ts";

/** A function of the literature on which samplers are compared; the smallest value is looked for. */
export interface TestFunction {
  readonly space: ParameterSpace;
  readonly objective: (values: ParameterValues) => number;
  /** Standard deviation of the noise that is added to what a sampler sees. */
  readonly noise?: number;
}

const float = (name: string, low: number, high: number) =>
  ({ name, domain: { kind: "float", low, high } }) as const satisfies ParameterSpace[number];

const HARTMANN_A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const HARTMANN_P = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];
const HARTMANN_C = [1, 1.2, 3, 3.2];
const MODEL_COST: Readonly<Record<string, number>> = { a: 1, b: 0, c: 0.5 };
const ACTIVATION_COST: Readonly<Record<string, number>> = { relu: 0, tanh: 0.3, gelu: 0.1, elu: 0.6 };

const number = (values: ParameterValues, name: string): number => Number(values[name]);
const numbers = (values: ParameterValues, count: number): number[] =>
  Array.from({ length: count }, (_, index) => number(values, `x${index}`));

export const TEST_FUNCTIONS: Readonly<Record<string, TestFunction>> = {
  branin: {
    space: [float("x", -5, 10), float("y", 0, 15)],
    objective: (values) => {
      const [x, y] = [number(values, "x"), number(values, "y")];
      const parabola = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
      return parabola ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
    },
  },
  hartmann6: {
    space: [0, 1, 2, 3, 4, 5].map((index) => float(`x${index}`, 0, 1)),
    objective: (values) => {
      const x = numbers(values, 6);
      const distance = (row: number): number =>
        x.reduce((sum, value, j) => sum + (HARTMANN_A[row]?.[j] ?? 0) * (value - (HARTMANN_P[row]?.[j] ?? 0)) ** 2, 0);
      return -HARTMANN_C.reduce((sum, weight, row) => sum + weight * Math.exp(-distance(row)), 0);
    },
  },
  rosenbrock4: {
    space: [0, 1, 2, 3].map((index) => float(`x${index}`, -2.048, 2.048)),
    objective: (values) => {
      const x = numbers(values, 4);
      return x.slice(1).reduce((sum, next, index) => {
        const value = x[index] ?? 0;
        return sum + 100 * (next - value ** 2) ** 2 + (1 - value) ** 2;
      }, 0);
    },
  },
  mixed: {
    space: [
      { name: "model", domain: { kind: "categorical", choices: ["a", "b", "c"] } },
      { name: "lr", domain: { kind: "float", low: 1e-5, high: 1e-1, log: true } },
      { name: "act", domain: { kind: "categorical", choices: ["relu", "tanh", "gelu", "elu"] } },
      { name: "depth", domain: { kind: "integer", low: 1, high: 12 }, when: { model: ["b"] } },
      { ...float("reg", 0, 1), when: { model: ["a", "c"] } },
    ],
    objective: (values) => {
      const own = values.model === "b" ? ((number(values, "depth") - 6) / 4) ** 2 : (number(values, "reg") - 0.25) ** 2;
      const choices = (MODEL_COST[String(values.model)] ?? 0) + (ACTIVATION_COST[String(values.act)] ?? 0);
      return choices + (Math.log10(number(values, "lr")) + 3) ** 2 + own;
    },
  },
  noisy_sphere3: {
    space: [0, 1, 2].map((index) => float(`x${index}`, -5, 5)),
    objective: (values) => numbers(values, 3).reduce((sum, value, index) => sum + (value - index) ** 2, 0),
    noise: 1,
  },
};
