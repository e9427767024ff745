import { programVersion } from "../../version.ts";

/** A server and this program, which are of two versions. */
export interface TwoVersions {
  /** A sentence that says which of both is the older one. */
  readonly said: string;
  readonly advice: string;
}

/** Compares the versions; undefined where they are the same. */
export function twoVersions(server: string, version: string, own: string = programVersion()): TwoVersions | undefined {
  if (version === own) return undefined;
  const both = `the server ${server} is Headrace ${version}, and this is ${own}`;
  const order = compare(version, own);
  if (order > 0) return { said: `${both}, which is older`, advice: `install Headrace ${version} here` };
  if (order < 0)
    return {
      said: `${both}, which is newer`,
      advice: `have the server upgraded, or install Headrace ${version} here`,
    };
  return { said: both, advice: `install Headrace ${version} here` };
}

/** Warns that a server is of another version; undefined where it is not. */
export function otherVersion(server: string, version: string, own?: string): string | undefined {
  const two = twoVersions(server, version, own);
  return two && `${two.said}: what only one of them knows fails; ${two.advice}`;
}

/** By the numbers, up to the first that differs; 0 for texts that are none. */
function compare(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (const [index, number] of left.entries()) {
    const difference = number - (right[index] ?? 0);
    if (difference !== 0) return Number.isNaN(difference) ? 0 : difference;
  }
  return 0;
}

function numbersOf(version: string): readonly number[] {
  return (version.split(/[-+]/)[0] ?? "").split(".").map(Number);
}
