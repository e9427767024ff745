import type { Parameter, ParameterValue, Scalar } from "../config/index.ts";

/** A task may be given several values of any parameter: each is read as if it were `multiple`. */
export function severalOf(parameter: Parameter): Parameter {
  return parameter.multiple === "none" ? { ...parameter, multiple: "separate" } : parameter;
}

/** A list of one value is that value, where the parameter takes one only. */
export function oneOf(parameter: Parameter, value: ParameterValue): ParameterValue {
  return parameter.multiple === "none" && Array.isArray(value) && value.length === 1 ? (value[0] as Scalar) : value;
}
