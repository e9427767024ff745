/**
 * A number as JSON and YAML readers of any version take it for the same number. YAML 1.1 (PyYAML, papermill) reads
 * `1e-7` as a text: it wants a dot in the mantissa and a sign before the exponent. The three that JSON lacks are
 * written as Python writes and reads them.
 */
export function numberText(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  const [mantissa = "", exponent] = text.split("e");
  if (exponent === undefined) return text;
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}e${exponent}`;
}

/** The same for a value that is a float although it is whole: Python shall read 1.0, not 1. */
export function floatText(value: number): string {
  const text = numberText(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
