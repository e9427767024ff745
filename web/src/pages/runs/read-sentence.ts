import { type ListedState, type RunsSearch, STATES } from "./runs-search.ts";

/** The filters that a sentence names; `problem` where a part of it is not understood. */
export interface ReadSentence {
  readonly search: Pick<RunsSearch, "states" | "tags" | "name" | "since" | "until" | "where">;
  readonly problem?: string;
}

/** Words for states beside those of the records. */
const STATE_WORDS: Readonly<Record<string, readonly ListedState[]>> = {
  failed: ["error"],
  done: ["complete"],
  finished: ["complete", "error", "stopped"],
  ended: ["complete", "error", "stopped"],
  running: ["started", "stopping"],
  waiting: ["created", "queued"],
};

const DAY_MS = 86_400_000;

/**
 * Reads `state is failed and auc > 0.9 and started after yesterday and tagged sweep`. Parts that are none of these stay
 * together as a condition over parameters and metrics: `metric auc is 1` is `auc == 1`. Days are those of this zone.
 */
export function readSentence(sentence: string, now: number): ReadSentence {
  const search: { -readonly [K in keyof ReadSentence["search"]]: ReadSentence["search"][K] } = {};
  const conditions: string[] = [];
  for (const part of partsOf(sentence)) {
    const state = /^(?:the )?states? (?:is|are|=|==|in) (.+)$/i.exec(part)?.[1];
    const tag = /^(?:tags? (?:is|=|==)|tagged(?: with)?|with(?: the)? tag) (.+)$/i.exec(part)?.[1];
    const name = /^(?:(?:name|step|pipeline) (?:is|=|==)|of) (.+)$/i.exec(part)?.[1];
    const [, side, day] = /^(?:started|created|began|made) (after|since|before|on) (.+)$/i.exec(part) ?? [];
    if (state !== undefined) {
      const found = state.split(/,? or |, ?/).map((word) => statesOf(word.trim().toLowerCase()));
      if (found.includes(undefined))
        return { search, problem: `“${state}” is no state: ${STATES.join(", ")}, failed, running` };
      search.states = found.flatMap((states) => states ?? []);
    } else if (tag !== undefined) search.tags = [...(search.tags ?? []), unquoted(tag)];
    else if (name !== undefined) search.name = unquoted(name);
    else if (side !== undefined && day !== undefined) {
      const at = dayOf(unquoted(day).toLowerCase(), now);
      if (at === undefined) return { search, problem: `“${day}” is no day: today, yesterday, 3 days ago, 2026-03-01` };
      if (side.toLowerCase() !== "before") search.since = new Date(at).toISOString();
      if (side.toLowerCase() === "before") search.until = new Date(at).toISOString();
      if (side.toLowerCase() === "on") search.until = new Date(nextDay(at)).toISOString();
    } else conditions.push(conditionOf(part));
  }
  if (conditions.length > 0) search.where = conditions.join(" and ");
  return { search };
}

/** Splits at `and` outside of quotes and parentheses. */
function partsOf(sentence: string): readonly string[] {
  const parts = [""];
  let [depth, quote] = [0, ""];
  for (const piece of sentence.split(/(\s+and\s+|["'()])/i)) {
    if (quote !== "") quote = piece === quote ? "" : quote;
    else if (piece === '"' || piece === "'") quote = piece;
    else if (piece === "(") depth++;
    else if (piece === ")") depth--;
    if (depth === 0 && quote === "" && /^\s+and\s+$/i.test(piece)) parts.push("");
    else parts.push(`${parts.pop() ?? ""}${piece}`);
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function statesOf(word: string): readonly ListedState[] | undefined {
  const known = STATES.find((state) => state === word);
  if (known !== undefined) return [known];
  return Object.hasOwn(STATE_WORDS, word) ? STATE_WORDS[word] : undefined;
}

function conditionOf(part: string): string {
  return part
    .replace(/^(?:the )?(?:metric|parameter|value) /i, "")
    .replace(/ is (?:at least|not less than) /i, " >= ")
    .replace(/ is (?:at most|not more than) /i, " <= ")
    .replace(/ is (?:more|greater|above|over)(?: than)? /i, " > ")
    .replace(/ is (?:less|below|under)(?: than)? /i, " < ")
    .replace(/ is not /i, " != ")
    .replace(/ is /i, " == ");
}

function unquoted(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}

/** The beginning of a day, or the moment that somebody wrote. */
function dayOf(text: string, now: number): number | undefined {
  const today = new Date(now).setHours(0, 0, 0, 0);
  const [, count, unit] = /^(\d+) (minute|hour|day|week)s? ago$/.exec(text) ?? [];
  const back = { minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS }[unit ?? ""];
  if (count !== undefined && back !== undefined) return now - Number(count) * back;
  if (text === "today") return today;
  if (text === "yesterday") return new Date(today - DAY_MS / 2).setHours(0, 0, 0, 0);
  if (text === "last week") return now - 7 * DAY_MS;
  // A day by itself begins here at midnight, and not in Greenwich.
  const at = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text);
  return Number.isNaN(at) ? undefined : at;
}

function nextDay(at: number): number {
  return new Date(at + 1.5 * DAY_MS).setHours(0, 0, 0, 0);
}
