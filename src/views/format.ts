/** `0.4s`, `12.3s`, `4m 05s`, `2h 03m`, `3d 04h`: three or four characters of meaning, never more. */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${twoDigits(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${twoDigits(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${twoDigits(Math.floor((whole % 86_400) / 3600))}h`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** Decimal units, as disks are sold and `ls --si` prints. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Formats the time since then in the one unit that matters; from 30 days on, the date itself. */
export function formatAgo(iso: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(iso)) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)}d ago`;
  return iso.slice(0, 10);
}

/** Local wall-clock time, `2026-03-01 12:01:03`. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  return `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())} ${formatClock(time.getTime())}`;
}

/** Local time of day, `12:01:03`. */
export function formatClock(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(":");
}

/**
 * A value of a parameter or a metric as a person writes it. Numbers keep what distinguishes them: at most 6 significant
 * digits if `short`.
 */
export function formatValue(value: unknown, options: { readonly short?: boolean } = {}): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return options.short === true ? shortNumber(value) : String(value);
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.map((item) => formatValue(item, options)).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A git commit in its usual short form, a snapshot with enough of its hash to tell it apart. */
export function shortCommit(commit: string): string {
  return commit.startsWith("~") ? commit.slice(0, 13) : commit.slice(0, 12);
}

/** `user:ada` and `local:ada` by the name alone; a rule belongs to what it decides about: `its timeout`. */
export function actorText(actor: string): string {
  const end = actor.indexOf(":");
  const [kind, name] = [actor.slice(0, end), actor.slice(end + 1)];
  if (kind === "rule") return `its ${name}`;
  return kind === "user" || kind === "local" ? name : `${kind} ${name}`;
}

export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Thousands apart. (`toLocaleString` costs 10 ms the first time.) */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

function shortNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(value !== 0 && Math.abs(value) < 1 ? 4 : 6)));
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
