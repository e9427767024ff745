import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];
export type Paint = (text: string) => string;

/** The few kinds of emphasis that the program uses; each is the identity where colour is off. */
export interface Style {
  readonly enabled: boolean;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly cyan: Paint;
  readonly underline: Paint;
}

export function makeStyle(enabled: boolean): Style {
  const paint = (format: Format): Paint =>
    enabled ? (text) => (text === "" ? "" : styleText(format, text, { validateStream: false })) : same;
  return {
    enabled,
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    blue: paint("blue"),
    cyan: paint("cyan"),
    underline: paint("underline"),
  };
}

export const PLAIN = makeStyle(false);

/** Returns true if a stream gets colour: NO_COLOR (https://no-color.org), then FORCE_COLOR, then what the stream is. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}

function same(text: string): string {
  return text;
}
