import { YamlTimestamp } from "./timestamp.ts";

export type YamlScalar = null | boolean | number | bigint | string | YamlTimestamp;

const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INTEGER = /^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIMESTAMP =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(?:(Z)|([-+][0-9]{1,2})(?::([0-9]{2}))?))?$/;

/** Python reads no longer ones either; they would take a long time. */
const MAX_DIGITS = 4300;

/** Only these can begin something that is not text; most scalars leave here. */
const MAY_BE_TYPED = /^(?:[-+0-9.~yYnNtTfFoO]|$)/;

/**
 * The value of an unquoted scalar by the rules of YAML 1.1 as Python's `yaml.safe_load` keeps them: `yes` is true,
 * `010` is 8, `1:30` is 90, `1e3` (no dot) and `y` are text. Integers that a number cannot hold exactly come back as
 * bigint.
 */
export function resolvePlainScalar(text: string): YamlScalar {
  if (!MAY_BE_TYPED.test(text)) return text;
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (INTEGER.test(text)) return text.length > MAX_DIGITS ? text : integerOf(text);
  if (FLOAT.test(text)) return floatOf(text);
  return timestampOf(text) ?? text;
}

/** Returns true if YAML 1.1 reads a number otherwise than people do: `010` is 8, and `1:30` is 90. */
export function isSurprisingNumber(text: string, value: YamlScalar): boolean {
  if (typeof value !== "number") return false;
  return text.includes(":") || (/^[-+]?0[0-7_]+$/.test(text) && Number(text.replaceAll("_", "")) !== value);
}

/** Returns what an explicit `!!int` and its like make of a text; `undefined` if the text does not fit the tag. */
export function resolveTaggedScalar(tag: string, text: string): YamlScalar | undefined {
  switch (tag) {
    case "tag:yaml.org,2002:str":
    case "!":
      return text;
    case "tag:yaml.org,2002:null":
      return null;
    case "tag:yaml.org,2002:bool":
      return TRUE.test(text) ? true : FALSE.test(text) ? false : undefined;
    case "tag:yaml.org,2002:int":
      return INTEGER.test(text) && text.length <= MAX_DIGITS ? integerOf(text) : undefined;
    case "tag:yaml.org,2002:float":
      return FLOAT.test(text) || INTEGER.test(text) ? floatOf(text) : undefined;
    case "tag:yaml.org,2002:timestamp":
      return timestampOf(text);
    default:
      return undefined;
  }
}

function integerOf(text: string): number | bigint | string {
  const sign = text.startsWith("-") ? -1n : 1n;
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
  if (digits.length < 16 && /^(?:0|[1-9][0-9]*)$/.test(digits)) return Number(sign) * Number(digits) || 0;
  const value = sign * magnitudeOf(digits);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function magnitudeOf(digits: string): bigint {
  if (digits.includes(":")) return digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  if (/^0[bx]/.test(digits)) return digits.length > 2 ? BigInt(digits) : 0n;
  if (digits.startsWith("0") && digits.length > 1) return BigInt(`0o${digits.slice(1)}`);
  return BigInt(digits || "0");
}

function floatOf(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "").toLowerCase();
  if (digits === ".inf") return sign * Number.POSITIVE_INFINITY;
  if (digits === ".nan") return Number.NaN;
  if (digits.includes(":")) return sign * digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return sign * Number(digits === "." ? "0" : digits);
}

function timestampOf(text: string): YamlTimestamp | undefined {
  const date = DATE.exec(text);
  if (date !== null)
    return isDay(Number(date[1]), Number(date[2]), Number(date[3])) ? new YamlTimestamp(text) : undefined;
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "", fraction = ""] = match;
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const micros = fraction.slice(0, 6).padEnd(6, "0");
  const time = `${two(hour)}:${minute}:${second}${Number(micros) === 0 ? "" : `.${micros}`}`;
  const zone = match[8] === undefined ? zoneOf(match[9], match[10]) : "+00:00";
  return new YamlTimestamp(`${year}-${two(month)}-${two(day)} ${time}${zone}`);
}

function zoneOf(hours: string | undefined, minutes: string | undefined): string {
  return hours === undefined ? "" : `${hours.charAt(0)}${two(hours.slice(1))}:${minutes ?? "00"}`;
}

function two(digits: string): string {
  return digits.padStart(2, "0");
}

/** Python refuses to make a date of 2024-02-31; for us such a text stays a text. */
function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
