import { Option } from "commander";
import { HeadraceError } from "../../errors.ts";
import type { SandboxChoice } from "../../services/index.ts";
import type { RunState } from "../../store/index.ts";
import { didYouMean } from "../closest-name.ts";

export const NODE_STATES = ["waiting", "active", "complete", "error", "stopped", "skipped"] as const;
export const RUN_STATES = [
  "created",
  "queued",
  "started",
  "stopping",
  "complete",
  "error",
  "stopped",
] as const satisfies readonly RunState[];
// Repeated here since importing the services for their list of words would load them for every command.
export const SANDBOXES = ["auto", "bubblewrap", "unshare", "off"] as const satisfies readonly SandboxChoice[];
export const GRAPH_FORMATS = ["text", "mermaid", "svg", "json", "dot"] as const;
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A parser of whole numbers for an option, with a lower bound. */
export function wholeNumber(option: string, minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= minimum) return value;
    throw new HeadraceError("HR_USAGE", `${option} ${JSON.stringify(text)} is no whole number from ${minimum} up`, {
      hint: `write for example ${option} ${Math.max(minimum, 10)}`,
    });
  };
}

/** A parser for an option or argument that takes one of a few words. */
export function oneOf<const T extends string>(what: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found !== undefined) return found;
    throw new HeadraceError("HR_USAGE", `${what} ${JSON.stringify(text)} is not known`, {
      hint: didYouMean(text, choices) ?? `it is one of ${choices.join(", ")}`,
    });
  };
}

/** An option with a closed set of words, which help shows and completion offers. */
export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, description);
  return option.choices(choices).argParser(oneOf(option.long ?? flags, choices));
}

/** Collects a repeatable option. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
