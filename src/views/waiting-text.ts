import type { WaitingFor, WaitingForView } from "../api/index.ts";
import { formatClock, formatTime } from "./format.ts";

/**
 * `waits for: second attempt at 12:03:10`, `waits for: approval`,
 * `waits for: approval of what follows; rejected at 12:03:10`. A time of another day than `now` comes with its date.
 */
export function waitingText(waitingFor: WaitingFor | WaitingForView, now: number): string {
  switch (waitingFor.kind) {
    case "retry": {
      const which = waitingFor.attempt === undefined ? "another" : ordinalOf(waitingFor.attempt);
      return `waits for: ${which} attempt at ${timeText(waitingFor.at, now)}`;
    }
    case "approval": {
      const waits = waitingFor.moment === "end" ? "waits for: approval of what follows" : "waits for: approval";
      const { timeout } = waitingFor;
      return timeout === undefined ? waits : `${waits}; ${timeout.decision} at ${timeText(timeout.at, now)}`;
    }
  }
}

function timeText(time: string | number, now: number): string {
  const at = new Date(time);
  return at.toDateString() === new Date(now).toDateString() ? formatClock(at.getTime()) : formatTime(at.toISOString());
}

const FIRST_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/** `second`; from eleven on `11th`, `21st`. */
function ordinalOf(count: number): string {
  const word = FIRST_ORDINALS[count - 1];
  if (word !== undefined) return word;
  const isTeen = count % 100 > 10 && count % 100 < 14;
  return `${count}${(isTeen ? undefined : ["th", "st", "nd", "rd"][count % 10]) ?? "th"}`;
}
