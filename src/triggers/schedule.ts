import { Cron } from "croner";
import { HeadraceError } from "../errors.ts";

/** Beyond this, a schedule is said never to come: the longest gap of a real one is that between two leap days. */
const HORIZON_YEARS = 12;

/** The usual names of schedules. */
const MACROS: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/**
 * A schedule in the five fields of cron (minute, hour, day of the month, month, day of the week; `L` and `#` as
 * everywhere), or in six with seconds first, on the wall clock of a zone. Where both days are restricted, either
 * counts. A time that the clocks jump over comes right after the jump; one that they pass twice comes once. Hours that
 * are `*`, a step or a range follow the wall clock: they have no time to make up for, and come in both passes.
 */
export class Schedule {
  readonly #cron: Cron;

  /** Throws HR_USAGE for what is no schedule, for an unknown zone, and for a schedule that never comes. */
  constructor(expression: string, zone: string) {
    this.#cron = parse(expression, zone);
    const first = this.#cron.nextRun(new Date("2024-01-01T00:00:00Z"));
    const last = Date.UTC(2024 + HORIZON_YEARS, 0, 1);
    if (first === null || first.getTime() > last)
      throw new HeadraceError("HR_USAGE", `the schedule ${expression} never comes`, {
        hint: "no month has such a day",
      });
  }

  /** The first time after this one; undefined where there is none any more. */
  next(after: Date): Date | undefined {
    return this.#cron.nextRun(after) ?? undefined;
  }
}

function parse(expression: string, zone: string): Cron {
  const fields = (MACROS[expression.trim().toLowerCase()] ?? expression).trim().split(/\s+/);
  const problem = problemOf(fields, zone);
  if (problem !== undefined) throw new HeadraceError("HR_USAGE", problem.message, { hint: problem.hint });
  try {
    return new Cron(fields.join(" "), { timezone: zone, paused: true });
  } catch (error) {
    throw new HeadraceError("HR_USAGE", `${expression} is no schedule`, {
      hint: "write minute, hour, day of the month, month and day of the week, e.g. `30 6 * * MON-FRI`",
      cause: error,
    });
  }
}

function problemOf(fields: readonly string[], zone: string): { message: string; hint: string } | undefined {
  if (fields.length !== 5 && fields.length !== 6)
    return {
      message: `a schedule has five fields, or six with seconds, and this one has ${fields[0] === "" ? 0 : fields.length}`,
      hint: "write minute, hour, day of the month, month and day of the week, e.g. `30 6 * * MON-FRI`",
    };
  if (!isZone(zone)) return { message: `there is no time zone ${zone}`, hint: "write it as in `Europe/Helsinki`" };
  return undefined;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
