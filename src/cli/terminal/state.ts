import { stateLook, type Tone } from "../../views/index.ts";
import type { Paint, Style } from "./style.ts";

/** The colour of each tone on a terminal. */
const COLOURS = {
  good: "green",
  bad: "red",
  caution: "yellow",
  active: "cyan",
  pending: "blue",
  quiet: "dim",
} as const satisfies Record<Tone, keyof Style>;

/** Shape and colour of a state. */
export function lookOf(state: string, style: Style): { readonly glyph: string; readonly paint: Paint } {
  const { glyph, tone } = stateLook(state);
  return { glyph, paint: style[COLOURS[tone]] };
}
