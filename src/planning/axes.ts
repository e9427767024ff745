import {
  type Axis,
  type AxisResult,
  eachAxis,
  type Parameter,
  type ParameterValue,
  type Scalar,
  type Sweep,
} from "../config/index.ts";

/** Axes that take the place of those of the same name, or come after all others; that of `for-each` is the first. */
export function withAxes(sweep: Sweep, axes: readonly Axis[]): Sweep {
  if (axes.length === 0) return sweep;
  const own = new Map(axes.map((axis) => [axis.name, axis]));
  const kept = sweep.axes.map((axis) => own.get(axis.name) ?? axis);
  const names = new Set(kept.map(({ name }) => name));
  const added = axes.filter(({ name }) => !names.has(name));
  const isFirst = ({ name }: Axis): boolean => sweep.forEach?.name === name;
  return { ...sweep, axes: [...added.filter(isFirst), ...kept, ...added.filter((axis) => !isFirst(axis))] };
}

/** The values of a parameter that each execution gets one of. A parameter that is optional may have none. */
export function forEachAxis(parameter: Parameter, value: ParameterValue | undefined): AxisResult {
  const { name, optional } = parameter;
  const isNone = value === undefined || value === null;
  const values = isNone ? [] : Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
  if (values.length === 0 && optional) return { ok: true, axis: { name, kind: "list", values } };
  return eachAxis(name, values, parameter);
}
