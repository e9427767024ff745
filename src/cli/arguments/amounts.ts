import { parseDuration } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** A parser of sizes such as `50GB`, `1.5 TB` or `500MiB`, in bytes. */
export function byteCount(option: string): (text: string) => number {
  return (text) => {
    const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
    const full = unit.length === 1 && unit.toUpperCase() !== "B" ? `${unit}B` : unit;
    const factor = amount === "" ? undefined : UNITS[full.toUpperCase()];
    const bytes = factor === undefined ? Number.NaN : Math.round(Number(amount) * factor);
    if (Number.isSafeInteger(bytes)) return bytes;
    throw new HeadraceError("HR_USAGE", `${option} ${JSON.stringify(text)} is no size`, {
      hint: `write for example ${option} 50GB; MB, GB, TB, MiB, GiB and TiB are known`,
    });
  };
}

/** A parser of durations such as `30d`, `12h` or `1h 30m`, in seconds. */
export function durationSeconds(option: string): (text: string) => number {
  return (text) => {
    const result = parseDuration(text);
    if (result.ok && result.seconds !== undefined) return result.seconds;
    throw new HeadraceError("HR_USAGE", `${option}: ${result.ok ? "the duration is missing" : result.message}`, {
      hint: `write for example ${option} 30d; s, m, h, d and w are known`,
    });
  };
}

/**
 * A parser of moments: a date (`2026-03-01`, local midnight), a date with a time, or how long ago (`2d`); in ms since
 * the epoch.
 */
export function moment(option: string, now: () => number): (text: string) => number {
  return (text) => {
    const ago = parseDuration(text);
    if (ago.ok && ago.seconds !== undefined && !/^[\d.]+$/.test(text.trim())) return now() - ago.seconds * 1000;
    const isDate = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text);
    // A date alone would be midnight in UTC.
    const at = isDate ? Date.parse(text.length === 10 ? `${text}T00:00:00` : text) : Number.NaN;
    if (!Number.isNaN(at)) return at;
    throw new HeadraceError("HR_USAGE", `${option} ${JSON.stringify(text)} is no moment`, {
      hint: `write for example ${option} 2d, ${option} 2026-03-01 or ${option} 2026-03-01T12:00:00Z`,
    });
  };
}
