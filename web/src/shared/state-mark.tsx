import type { ReactElement } from "react";
import { stateLook } from "../../../src/views/index.ts";

const RING = <circle cx="7" cy="7" r="5.25" fill="none" stroke="currentColor" strokeWidth="1.5" />;
const DISC = <circle cx="7" cy="7" r="6" fill="currentColor" />;
const over = (d: string): ReactElement => (
  <path d={d} fill="none" stroke="var(--paper)" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
);

/** One shape a state, told apart without colour. */
const SHAPES: Readonly<Record<string, ReactElement>> = {
  complete: (
    <>
      {DISC}
      {over("M4.4 7.2 6.3 9.1 9.7 5.2")}
    </>
  ),
  reused: (
    <>
      <path
        d="M11.8 5.2A5.2 5.2 0 1 0 12.2 7.6M12 2.4v3h-3"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M4.8 7.3 6.5 9 9.3 5.7" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" />
    </>
  ),
  error: (
    <>
      <path d="M4.4 1h5.2L13 4.4v5.2L9.6 13H4.4L1 9.6V4.4z" fill="currentColor" />
      {over("M5 5l4 4M9 5 5 9")}
    </>
  ),
  stopped: <rect x="2" y="2" width="10" height="10" rx="1.5" fill="currentColor" />,
  stopping: (
    <>
      <rect x="2.6" y="2.6" width="8.8" height="8.8" rx="1" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M2.6 2.6h4.4v8.8H2.6z" fill="currentColor" />
    </>
  ),
  started: (
    <>
      <circle cx="7" cy="7" r="5.25" fill="none" stroke="currentColor" strokeWidth="1.5" opacity="0.3" />
      <g className="spin">
        <path
          d="M7 1.75A5.25 5.25 0 0 1 12.25 7"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
        />
      </g>
      <circle cx="7" cy="7" r="2.2" fill="currentColor" />
    </>
  ),
  queued: (
    <>
      {RING}
      <path d="M7 3.6V7h3" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" />
    </>
  ),
  skipped: (
    <>
      {RING}
      <path d="M3.6 10.4l6.8-6.8" stroke="currentColor" strokeWidth="1.4" />
    </>
  ),
  approval: (
    <>
      {RING}
      <path d="M5.4 4.6v4.8M8.6 4.6v4.8" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" />
    </>
  ),
};
const NOT_BEGUN = (
  <circle cx="7" cy="7" r="5.25" fill="none" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2.2 2" />
);

const SAME_SHAPE: Readonly<Record<string, string>> = { active: "queued", preparing: "started" };

export interface StateMarkProps {
  readonly state: string;
  /** The mark alone; its word is read out all the same. */
  readonly bare?: boolean;
  /** In place of the state's own word. */
  readonly word?: string;
}

/** The state of a run, an execution or a node: shape, colour and word. */
export function StateMark({ state, bare = false, word = state }: StateMarkProps): ReactElement {
  const tone = state === "approval" ? "caution" : stateLook(state).tone;
  return (
    <span className={`mark tone-${tone}`} {...(bare && { title: word })}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        {SHAPES[SAME_SHAPE[state] ?? state] ?? NOT_BEGUN}
      </svg>
      {bare ? <span className="visually-hidden">{word}</span> : word}
    </span>
  );
}
