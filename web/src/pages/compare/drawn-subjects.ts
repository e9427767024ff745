import type { ComparisonView } from "../../../../src/api/index.ts";
import type { ValueAxis } from "./value-axes.ts";

/** The subjects of a comparison, as both drawings of them show them. */
export interface DrawnSubjects {
  readonly subjects: ComparisonView["subjects"];
  /** The axis that gives each subject its colour. */
  readonly colour: ValueAxis;
  /** The number of the subject that the pointer or the keyboard is at. */
  readonly pointed: number | undefined;
  readonly onPoint: (number: number | undefined) => void;
}

/** The lower end of the colours is pale, the upper one is the accent. */
export function colourAt(place: number | null | undefined): string {
  if (place === null || place === undefined) return "var(--line-strong)";
  return `color-mix(in oklab, var(--accent) ${Math.round(15 + place * 85)}%, var(--series-2))`;
}
