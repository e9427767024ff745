import { type Paint, PLAIN, type Style } from "./style.ts";

export interface StateLook {
  readonly glyph: string;
  readonly paint: Paint;
}

/** Shape and colour of a state: each state is told by its shape alone, for those who see no colour. */
export function lookOf(state: string, style: Style): StateLook {
  switch (state) {
    case "complete":
      return { glyph: "✓", paint: style.green };
    case "reused":
      return { glyph: "↺", paint: style.green };
    case "error":
      return { glyph: "✗", paint: style.red };
    case "stopped":
      return { glyph: "■", paint: style.yellow };
    case "stopping":
      return { glyph: "◧", paint: style.yellow };
    case "started":
      return { glyph: "●", paint: style.cyan };
    case "queued":
    case "active":
      return { glyph: "◔", paint: style.blue };
    case "preparing":
      return { glyph: "◌", paint: style.blue };
    case "skipped":
      return { glyph: "⊘", paint: style.dim };
    default:
      return { glyph: "○", paint: style.dim };
  }
}

/** `✓ complete`, in the state's colour. */
export function stateText(state: string): string {
  return `${lookOf(state, PLAIN).glyph} ${state}`;
}
