import "../../styles/log.css";
import { ActionIcon, Button, TextInput } from "@mantine/core";
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { grouped } from "../../../../src/views/index.ts";
import { isTyping } from "../../frame/use-keys.ts";
import { Icon } from "../icon.tsx";
import { Folds } from "./folds.ts";
import { LogLines } from "./log-lines.tsx";
import type { LogPages } from "./log-pages.ts";
import { type Hits, useHits } from "./use-hits.ts";
import { useLog } from "./use-log.ts";
import { useViewPort } from "./use-view-port.ts";

export interface LogViewProps {
  readonly execution: number;
  /** The address that downloads it. */
  readonly download: string;
  /** The place at which it is opened: its first error, its end, or the line of a number. */
  readonly at: "error" | "end" | number;
  /** Tells the line that was chosen. */
  readonly onLine: (line: number) => void;
}

/**
 * A log of any length: only the lines in sight are asked for. While one reads at its end, it follows what comes;
 * whoever scrolls up stays where they are.
 */
export function LogView({ execution, download, at, onLine }: LogViewProps): ReactElement {
  const { log, version } = useLog(execution);
  const lines = log.count + log.unfinished.length;
  const [current, setCurrent] = useState<number>();
  const [open, setOpen] = useState<ReadonlyMap<number, boolean>>(new Map());
  const folds = useMemo(() => new Folds(log.groups, open, lines), [log.groups, open, lines]);
  const view = useViewPort(folds.rows, true);
  const { goTo: show } = view;
  const [hasTimes, setTimes] = useTimes();
  const goTo = useCallback(
    (line: number): void => {
      setCurrent(line);
      const group = folds.hiding(line);
      const opened = group === undefined ? open : new Map([...open, [group, true]]);
      setOpen(opened);
      show(new Folds(log.groups, opened, lines).rowOf(line), line);
    },
    [show, folds, open, log, lines],
  );
  const hits = useHits(execution, log.count, goTo);
  const { firstError: error, state } = log;
  const wanted = useRef(at);
  useEffect(() => {
    const line = wanted.current === "error" ? (state === "ended" ? error : undefined) : wanted.current;
    if (line === "end" || line === undefined || lines <= line) return;
    wanted.current = "end";
    goTo(line);
  }, [state, error, goTo, lines]);
  useErrorKey(error, goTo);
  return (
    <div className="log">
      <div className="log-bar">
        <SearchField hits={hits} />
        {error !== undefined && <Button onClick={() => goTo(error)}>First error</Button>}
        <span className="spacer" />
        <span className="small quiet" role="status">
          {log.isOpen ? `${grouped(log.count)} lines` : ""}
          {state === "lost" ? " · the connection is lost; it is taken up again" : ""}
        </span>
        <Button aria-pressed={hasTimes} onClick={() => setTimes(!hasTimes)}>
          Times
        </Button>
        <Button disabled={view.follows} onClick={view.follow}>
          {state === "ended" ? "To the end" : "Follow"}
        </Button>
        <Button component="a" href={download} leftSection={<Icon name="download" size={13} />}>
          Download
        </Button>
      </div>
      {lines === 0 ? (
        <p className="quiet small log-empty">{emptyText(log)}</p>
      ) : (
        <LogLines
          {...{ log, version, view, folds, current, hasTimes }}
          search={hits.search}
          onLine={(line) => {
            setCurrent(line);
            onLine(line);
          }}
          onFold={(title, isOpen) => setOpen(new Map([...open, [title, isOpen]]))}
        />
      )}
    </div>
  );
}

const TIMES_KEY = "headrace-log-times";

/** A habit of the reader, not a state of the page: it is kept in the browser, where that keeps anything. */
function useTimes(): readonly [boolean, (hasTimes: boolean) => void] {
  const [hasTimes, setTimes] = useState(() => globalThis.localStorage?.getItem(TIMES_KEY) === "yes");
  return [
    hasTimes,
    (wanted) => {
      setTimes(wanted);
      globalThis.localStorage?.setItem(TIMES_KEY, wanted ? "yes" : "no");
    },
  ];
}

function emptyText({ isOpen, state }: LogPages): string {
  if (!isOpen) return state === "lost" ? "The server cannot be reached; it is asked again." : "";
  return state === "ended" ? "It printed nothing." : "Nothing has been printed yet. Lines appear here as they come.";
}

function SearchField({ hits }: { readonly hits: Hits }): ReactElement {
  return (
    <>
      <TextInput
        aria-label="Search in the log"
        placeholder="Search"
        leftSection={<Icon name="search" size={13} />}
        value={hits.text}
        onChange={(event) => hits.setText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && hits.go(event.shiftKey ? -1 : 1)}
        w={220}
      />
      {hits.text !== "" && (
        <span className="row tight small quiet" role="status">
          {hitsText(hits)}
          <ActionIcon size={22} onClick={() => hits.go(-1)} aria-label="Hit before">
            <span aria-hidden="true">↑</span>
          </ActionIcon>
          <ActionIcon size={22} onClick={() => hits.go(1)} aria-label="Next hit">
            <span aria-hidden="true">↓</span>
          </ActionIcon>
        </span>
      )}
    </>
  );
}

function hitsText({ count, isSearching, isMore, at }: Hits): string {
  if (count === 0) return isSearching ? "searching" : "nothing found";
  const all = `${grouped(count)}${isSearching || isMore ? "+" : ""}`;
  return at < 0 ? `${all} ${count === 1 ? "line" : "lines"}` : `${grouped(at + 1)} of ${all}`;
}

function useErrorKey(error: number | undefined, goTo: (index: number) => void): void {
  useEffect(() => {
    const onKey = ({ key, target, ctrlKey, metaKey }: KeyboardEvent): void => {
      if (key === "e" && !ctrlKey && !metaKey && !isTyping(target) && error !== undefined) goTo(error);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [error, goTo]);
}
