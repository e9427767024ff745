/** Result of reading a duration: `seconds` is absent where none is set. */
export type DurationResult =
  | { readonly ok: true; readonly seconds?: number }
  | { readonly ok: false; readonly message: string };

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const NUMBER = String.raw`(?:\d+(?:\.\d*)?|\.\d+)`;
const BARE_NUMBER = new RegExp(`^${NUMBER}$`);
const PART = new RegExp(String.raw`(${NUMBER})\s*([\p{L}\p{M}]*)[\s,]*`, "uy");
/** Python's `timedelta` ends here; what is longer is a slip of the keyboard. */
const LONGEST_SECONDS = 999_999_999 * 86_400;
const EXAMPLE = "such as 90, 30m or 1h 30m";

/**
 * Reads `time-limit` and `no-output-timeout`: seconds, or a sum of numbers with units such as `1h 30m 5s`. Only the
 * first letter of a unit counts (s, m, h, d, w); a text that is a number alone means seconds; a blank text means none.
 */
export function parseDuration(value: string | number | null | undefined): DurationResult {
  if (value === null || value === undefined) return { ok: true };
  if (typeof value === "number") return checkRange(value, String(value));
  const text = value.trim();
  if (text === "") return { ok: true };
  if (/^[-+]/.test(text))
    return { ok: false, message: `${JSON.stringify(value)} is not a duration above zero, ${EXAMPLE}` };
  if (BARE_NUMBER.test(text)) return checkRange(Number(text), JSON.stringify(value));
  return sumParts(text, value);
}

function sumParts(text: string, original: string): DurationResult {
  let seconds = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (match === null) return { ok: false, message: `${JSON.stringify(original)} is not a duration, ${EXAMPLE}` };
    const [, amount = "", unit = ""] = match;
    if (unit === "")
      return {
        ok: false,
        message: `${JSON.stringify(original)} is not a duration: ${amount} has no unit (s, m, h, d or w)`,
      };
    const factor = UNIT_SECONDS[unit.charAt(0).toLowerCase()];
    if (factor === undefined) {
      return {
        ok: false,
        message: `${JSON.stringify(original)} is not a duration: unknown unit "${unit}" (s, m, h, d and w are known)`,
      };
    }
    seconds += Number(amount) * factor;
  }
  return checkRange(seconds, JSON.stringify(original));
}

function checkRange(seconds: number, shown: string): DurationResult {
  if (!Number.isFinite(seconds) || seconds > LONGEST_SECONDS)
    return { ok: false, message: `${shown} is too long for a duration` };
  if (seconds <= 0) return { ok: false, message: `${shown} is not a duration above zero, ${EXAMPLE}` };
  return { ok: true, seconds };
}
