/** The degree of attention that a state asks for; each face has a colour for it. */
export type Tone = "good" | "bad" | "caution" | "active" | "pending" | "quiet";

export interface StateLook {
  /** One character. Each state is told by its shape alone, for those who see no colour. */
  readonly glyph: string;
  readonly tone: Tone;
}

const LOOKS = {
  complete: { glyph: "✓", tone: "good" },
  reused: { glyph: "↺", tone: "good" },
  error: { glyph: "✗", tone: "bad" },
  stopped: { glyph: "■", tone: "caution" },
  stopping: { glyph: "◧", tone: "caution" },
  started: { glyph: "●", tone: "active" },
  queued: { glyph: "◔", tone: "pending" },
  active: { glyph: "◔", tone: "pending" },
  preparing: { glyph: "◌", tone: "pending" },
  skipped: { glyph: "⊘", tone: "quiet" },
} as const satisfies Readonly<Record<string, StateLook>>;

const NOT_BEGUN: StateLook = { glyph: "○", tone: "quiet" };

/**
 * Shape and tone of the state of a run, an execution or a node; `created`, `waiting` and unknown words look as if
 * nothing had begun.
 */
export function stateLook(state: string): StateLook {
  return Object.hasOwn(LOOKS, state) ? LOOKS[state as keyof typeof LOOKS] : NOT_BEGUN;
}

/** `✓ complete` */
export function stateText(state: string): string {
  return `${stateLook(state).glyph} ${state}`;
}
