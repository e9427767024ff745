const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Rules that choose the runs to be removed, together with everything that only they need. Absent rules choose nothing;
 * all that are given must hold.
 */
export interface RunRules {
  /** Ended longer ago than this. */
  readonly olderThanMs?: number;
  /** Not among the newest so many of the same step or pipeline. */
  readonly keepLast?: number;
  /** The oldest, until what is stored is no larger. */
  readonly maxBytes?: number;
  /** Only runs of this step or pipeline. */
  readonly name?: string;
  /** Only the runs with these numbers. */
  readonly numbers?: ReadonlySet<number>;
  /** Runs with a tag as well; they are kept otherwise. */
  readonly tagged: boolean;
}

/** Times for which content that belongs to no run is left alone. `Infinity` keeps it for good. */
export interface KeepTimes {
  /** Stored files that no record refers to: a crash's leftovers, and what removed runs left. */
  readonly unreferencedMs: number;
  /** Copies of files from URIs that no run that is kept has received. */
  readonly fetchedMs: number;
  /** Logs of steps that have ended. */
  readonly logsMs: number;
  /** Their copies where the steps ran, once they are among the stored files, too. */
  readonly logCopiesMs: number;
  /** Python environments, and copies of the code that wait for the next step. */
  readonly environmentsMs: number;
  /** Files in outputs that could not be kept, after the end of the step. */
  readonly leftoversMs: number;
}

/**
 * Contents taken out of the store stay within reach this long, for writers that found them there
 * (docs/internals/store.md).
 */
export const TRASH_MS = DAY;

/** `headrace gc`: somebody asks for space. */
export const ASKED: KeepTimes = {
  unreferencedMs: HOUR,
  fetchedMs: 30 * DAY,
  logsMs: Infinity,
  logCopiesMs: DAY,
  environmentsMs: 30 * DAY,
  leftoversMs: Infinity,
};

/** At the end of a run, by itself: nothing that somebody might miss. */
export const AUTOMATIC: KeepTimes = {
  unreferencedMs: 7 * DAY,
  fetchedMs: 90 * DAY,
  logsMs: 365 * DAY,
  logCopiesMs: 7 * DAY,
  environmentsMs: 90 * DAY,
  leftoversMs: Infinity,
};
