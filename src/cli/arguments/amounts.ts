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
