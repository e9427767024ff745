import type { Command, Option } from "commander";

export interface Candidate {
  readonly text: string;
  readonly description: string;
}

/**
 * The questions that completion may ask of the project; each is asked only if it is needed, and may fail without harm.
 */
export interface CompletionSources {
  readonly runs: () => Promise<readonly Candidate[]>;
  readonly steps: () => Promise<readonly Candidate[]>;
  readonly pipelines: () => Promise<readonly Candidate[]>;
  readonly tasks: () => Promise<readonly Candidate[]>;
  /** Parameters (and inputs) that can be set for a target, as `key`. */
  readonly settables: (target: string, kind: "parameter" | "input") => Promise<readonly Candidate[]>;
}

/**
 * Candidates for the last of `words` (which may be empty); `words` are those after `headrace`. None: the shell offers
 * files.
 */
export async function completionCandidates(
  program: Command,
  words: readonly string[],
  sources: CompletionSources,
): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? "";
  const typed = readWords(program, words.slice(0, -1));
  const found = await candidatesAt(program, typed, current, sources);
  return found.filter(({ text }) => text.startsWith(current));
}

interface TypedWords {
  readonly command: Command | undefined;
  readonly positionals: readonly string[];
  /** The option whose value comes next. */
  readonly open: Option | undefined;
}

function readWords(program: Command, words: readonly string[]): TypedWords {
  let command: Command | undefined;
  let open: Option | undefined;
  const positionals: string[] = [];
  for (const word of words) {
    if (open !== undefined) {
      open = undefined;
    } else if (word.startsWith("-")) {
      const option = optionsOf(program, command).find(
        (candidate) => candidate.short === word || candidate.long === word,
      );
      open = option?.required === true || option?.optional === true ? option : undefined;
    } else if (command === undefined) {
      command = program.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word));
      if (command === undefined) positionals.push(word);
    } else {
      positionals.push(word);
    }
  }
  return { command, positionals, open };
}

async function candidatesAt(
  program: Command,
  typed: TypedWords,
  current: string,
  sources: CompletionSources,
): Promise<readonly Candidate[]> {
  const { command, positionals, open } = typed;
  const target = positionals[0];
  if (open !== undefined) return await valuesOf(open, target, sources);
  if (current.startsWith("-")) {
    const dynamic = command?.name() === "run" && target !== undefined ? await dynamicOptions(target, sources) : [];
    return [...optionCandidates(program, command), ...dynamic];
  }
  if (command === undefined)
    return positionals.length === 0 || positionals.join() === "help" ? commandCandidates(program) : [];
  return await argumentsOf(command.name(), positionals, sources);
}

async function valuesOf(
  option: Option,
  target: string | undefined,
  sources: CompletionSources,
): Promise<readonly Candidate[]> {
  if (option.argChoices !== undefined) return option.argChoices.map((text) => ({ text, description: "" }));
  if (option.long === "--from" || option.long === "--with") return await sources.runs();
  if (target === undefined || (option.long !== "--param" && option.long !== "--input")) return [];
  const settables = await sources.settables(target, option.long === "--param" ? "parameter" : "input");
  return settables.map(({ text, description }) => ({ text: `${text}=`, description }));
}

async function dynamicOptions(target: string, sources: CompletionSources): Promise<readonly Candidate[]> {
  const both = [...(await sources.settables(target, "parameter")), ...(await sources.settables(target, "input"))];
  return both.map(({ text, description }) => ({ text: `--${text}=`, description }));
}

async function argumentsOf(
  name: string,
  positionals: readonly string[],
  sources: CompletionSources,
): Promise<readonly Candidate[]> {
  const isFirst = positionals.length === 0;
  switch (name) {
    case "run":
      return isFirst ? [...(await sources.pipelines()), ...(await sources.steps()), ...(await sources.tasks())] : [];
    case "graph":
    case "pipeline":
      return isFirst ? await sources.pipelines() : [];
    case "step":
    case "dev":
      return isFirst ? await sources.steps() : [];
    case "shell":
      return isFirst ? [...(await sources.steps()), ...(await sources.runs())] : [];
    case "info":
    case "resume":
    case "logs":
    case "metrics":
    case "cat":
    case "open":
    case "title":
    case "tag":
    case "note":
    case "outputs":
    case "stop":
    case "trials":
    case "checkout":
    case "verify":
    case "reproduce":
      return isFirst ? await sources.runs() : [];
    case "rm":
    case "compare":
      return (await sources.runs()).filter(({ text }) => !positionals.includes(text));
    case "completion":
      return isFirst ? ["bash", "zsh", "fish"].map((text) => ({ text, description: "" })) : [];
    default:
      return [];
  }
}

function commandCandidates(program: Command): readonly Candidate[] {
  const commands = program.commands.map((command) => ({ text: command.name(), description: command.description() }));
  return [...commands, { text: "help", description: "print the help of a command" }];
}

function optionCandidates(program: Command, command: Command | undefined): readonly Candidate[] {
  const options = optionsOf(program, command).flatMap(({ long, description }) =>
    long == null ? [] : [{ text: long, description }],
  );
  return [...options, { text: "--help", description: "print the help" }];
}

function optionsOf(program: Command, command: Command | undefined): readonly Option[] {
  return [
    ...(command?.options ?? []),
    ...program.options.filter((option) => command === undefined || option.long !== "--version"),
  ];
}
