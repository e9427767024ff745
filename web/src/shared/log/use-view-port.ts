import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

export const LINE_PX = 19;
/** A taller page is drawn wrong by browsers (Firefox from 17.8 million pixels on): a longer log is scrolled faster. */
const MOST_PX = 15_000_000;
/** As far from its end a log still counts as read at its end. */
const NEAR_END_PX = 24;
/** A log of no more lines is in the page as a whole. */
export const MOST_WHOLE = 1_000;

export interface ViewPort {
  /** Takes the element that scrolls. */
  readonly setFrame: (frame: HTMLElement | null) => void;
  /** The height of all lines, as the scroll bar shows it. */
  readonly heightPx: number;
  readonly framePx: number;
  /** The line at the upper edge; with its fraction that is above it. */
  readonly top: number;
  /** The last line is at the lower edge, and stays there when more come. */
  readonly follows: boolean;
  follow(): void;
  /** Brings a row into sight; in a log that is in the page as a whole, by the number of its line. */
  goTo(row: number, line?: number): void;
}

/**
 * Keeps track of the lines in sight, of very many. The place is that of the first line in sight: it stays the same when
 * lines come at the end, and no line has to be measured.
 */
export function useViewPort(count: number, beginsAtEnd: boolean): ViewPort {
  const [frame, setFrame] = useState<HTMLElement | null>(null);
  const [framePx, setFramePx] = useState(600);
  const [top, setTop] = useState(0);
  const [follows, setFollows] = useState(beginsAtEnd);
  const isWhole = count <= MOST_WHOLE;
  const heightPx = Math.min(count * LINE_PX, MOST_PX);
  const linePx = count === 0 ? LINE_PX : heightPx / count;
  /** The place where this code put the frame: nobody has scrolled there. */
  const put = useRef<number>(undefined);
  useLayoutEffect(() => {
    const place = follows ? heightPx + framePx : isWhole ? undefined : top * linePx;
    if (frame === null || place === undefined || Math.abs(frame.scrollTop - place) < 1) return;
    frame.scrollTop = follows ? frame.scrollHeight : place;
    put.current = frame.scrollTop;
  }, [frame, follows, isWhole, top, linePx, heightPx, framePx]);
  useEffect(() => {
    if (frame === null) return;
    const watch = new ResizeObserver(() => setFramePx(frame.clientHeight));
    watch.observe(frame);
    const onScroll = (): void => {
      const { scrollTop, scrollHeight, clientHeight } = frame;
      if (put.current !== undefined && Math.abs(put.current - scrollTop) < 1) return;
      put.current = undefined;
      setFollows(scrollHeight - scrollTop - clientHeight < NEAR_END_PX);
      setTop(scrollTop / linePx);
    };
    // If a pixel of the scroll bar is more than one of the lines, the wheel still moves the lines as everywhere.
    const onWheel = (event: WheelEvent): void => {
      if (linePx >= LINE_PX || event.ctrlKey || event.deltaMode !== 0) return;
      event.preventDefault();
      frame.scrollTop += (event.deltaY * linePx) / LINE_PX;
    };
    frame.addEventListener("scroll", onScroll);
    frame.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      watch.disconnect();
      frame.removeEventListener("scroll", onScroll);
      frame.removeEventListener("wheel", onWheel);
    };
  }, [frame, linePx]);
  const goTo = useCallback(
    (row: number, line = row): void => {
      setFollows(false);
      setTop(Math.max(0, row - Math.floor(framePx / LINE_PX / 3)));
      // In a log that is in the page as a whole, lines have heights of their own.
      if (isWhole)
        requestAnimationFrame(() => frame?.querySelector(`[data-line="${line}"]`)?.scrollIntoView({ block: "center" }));
    },
    [frame, framePx, isWhole],
  );
  return { setFrame, heightPx, framePx, top, follows, follow: () => setFollows(true), goTo };
}
