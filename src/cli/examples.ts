import type { Command } from "commander";

/** A command line and what it is good for. */
export type Example = readonly [commandLine: string, purpose: string];

const examples = new WeakMap<Command, readonly Example[]>();

/** Help is laid out for this many columns at least. */
const NARROWEST = 80;

/** Adds examples to a command's help. Tests parse each of them. */
export function withExamples(command: Command, list: readonly Example[]): Command {
  examples.set(command, list);
  const width = Math.max(...list.map(([line]) => line.length));
  return command.addHelpText("after", ({ command: shown }) => {
    const help = shown.createHelp();
    const fits = list.every(([, purpose]) => width + purpose.length + 4 <= NARROWEST);
    const lines = list.map(([line, purpose]) =>
      fits ? `  ${line.padEnd(width)}  ${purpose}` : `  ${line}\n      ${purpose}`,
    );
    return `\n${help.styleTitle("Examples:")}\n${lines.join("\n")}`;
  });
}

export function examplesOf(command: Command): readonly Example[] {
  return examples.get(command) ?? [];
}
