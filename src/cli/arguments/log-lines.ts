import { parseDuration } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";

/** As in journalctl, a pattern of small letters matches capital ones as well. */
export function linePattern(text: string): RegExp {
  try {
    return new RegExp(text, text === text.toLowerCase() ? "i" : "");
  } catch (error) {
    const [, what = "it is not well formed"] = /: ([^:]+)$/.exec(error instanceof Error ? error.message : "") ?? [];
    throw new HeadraceError("HR_USAGE", `--grep ${JSON.stringify(text)} is no regular expression: ${what}`, {
      hint: "put a backslash before each of ( ) [ ] { } . * + ? ^ $ | that stands for itself",
    });
  }
}

/**
 * A time ago (`10m`), or a date with or without a time, in this machine's zone where it names none. Milliseconds since
 * the epoch.
 */
export function pointInTime(text: string): number {
  const ago = parseDuration(text);
  if (ago.ok && ago.seconds !== undefined && /[a-z]\s*$/i.test(text)) return Date.now() - ago.seconds * 1_000;
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(text.trim()) ?? [];
  // Without a time JavaScript would take it for midnight in UTC.
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T${time ?? "00:00"}${zone ?? ""}`);
  if (!Number.isNaN(at)) return at;
  throw new HeadraceError("HR_USAGE", `--since ${JSON.stringify(text)} is no time`, {
    hint: "write how long ago (10m, 2h, 1d), or a date: 2026-03-01, 2026-03-01T12:00, 2026-03-01T12:00Z",
  });
}
