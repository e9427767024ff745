import { useEffect, useState } from "react";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";

export interface Hits {
  readonly text: string;
  setText(text: string): void;
  /** The text that is marked in the lines, in small letters. */
  readonly search: string;
  readonly count: number;
  /** There are more than are counted. */
  readonly isMore: boolean;
  readonly isSearching: boolean;
  /** From 0; -1 before the first. */
  readonly at: number;
  go(step: 1 | -1): void;
}

const SEARCH = "/api/v0/projects/:project/executions/:execution/log/search/";
/** A reader who has found so many lines looks for something else. */
const MOST_HITS = 20_000;
const FIRST_HITS = 200;
const MORE_HITS = 10_000;
/** A letter that follows at once makes another search. */
const TYPING_MS = 150;

interface Found {
  readonly search: string;
  readonly lines: readonly number[];
  /** The line from which on more may be found; null where all were looked at. */
  readonly next: number | null;
  /** So many lines were looked at. */
  readonly seen: number;
}
const NOTHING: Found = { search: "", lines: [], next: null, seen: 0 };

/** The lines of a log that have a text in them, as the server finds them; also those that come meanwhile. */
export function useHits(execution: number, lineCount: number, goTo: (line: number) => void): Hits {
  const { ref } = useProject();
  const [text, setText] = useState("");
  const [found, setFound] = useState(NOTHING);
  const [at, setAt] = useState(-1);
  const search = text.toLowerCase();
  const known = found.search === search ? found : { ...NOTHING, search, next: 0 };
  const first = known.next ?? (known.seen < lineCount ? known.seen : undefined);
  const isDue = search !== "" && first !== undefined && known.lines.length < MOST_HITS;
  const { lines } = known;
  useEffect(() => {
    if (!isDue) return;
    const leaving = new AbortController();
    const limit = first === 0 ? FIRST_HITS : MORE_HITS;
    const ask = async (): Promise<void> => {
      const query = { text: search, first, limit };
      const { hits, next, count } = await call(
        "GET",
        SEARCH,
        { params: { project: ref, execution }, query },
        leaving.signal,
      );
      setFound({ search, lines: [...lines, ...hits], next, seen: count });
    };
    const timer = setTimeout(() => void ask().catch(() => undefined), TYPING_MS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [isDue, first, search, lines, ref, execution]);
  const go = (step: 1 | -1): void => {
    if (lines.length === 0) return;
    const next = at < 0 && step < 0 ? lines.length - 1 : (at + step + lines.length) % lines.length;
    setAt(next);
    goTo(lines[next] ?? 0);
  };
  return {
    ...{ text, search, go, count: lines.length, at: Math.min(at, lines.length - 1) },
    isMore: lines.length >= MOST_HITS && known.next !== null,
    isSearching: isDue && known.next !== null,
    setText: (wanted) => {
      setText(wanted);
      setAt(-1);
    },
  };
}
