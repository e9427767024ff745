import type { ParameterType, ParameterValue, Scalar } from "../model.ts";

/**
 * Returns the text that Python's `str()` gives for a value: `True`, `None`, `1e-05`. Commands are built from these
 * texts, because the format is defined by a Python program. JSON has one kind of number, so the parameter's type says
 * whether a whole number is a float.
 */
export function pythonText(value: ParameterValue, type?: ParameterType): string {
  if (typeof value === "object" && value !== null) return `[${value.map((item) => pythonRepr(item, type)).join(", ")}]`;
  if (typeof value === "string") return value;
  return pythonRepr(value, type);
}

function pythonRepr(value: Scalar, type: ParameterType | undefined): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return reprString(value);
  if (type === "float" || !Number.isSafeInteger(value)) return pythonFloatText(value);
  return Object.is(value, -0) ? "0" : String(value);
}

/** `repr()` of a Python float: shortest digits that read back equal, an exponent below 1e-4 and from 1e16 on. */
export function pythonFloatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa = "0", exponentText = "0"] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const exponentDigits = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits.charAt(0)}${fraction}e${exponent < 0 ? "-" : "+"}${exponentDigits}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/** `repr()` of a Python string: what is neither printable nor a plain space is escaped. */
function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(
    /(?! )[\p{C}\p{Z}\\]/gu,
    (character) => ESCAPES[character] ?? escapeCodePoint(character.codePointAt(0) ?? 0),
  );
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function escapeCodePoint(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
