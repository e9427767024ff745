import type { Command } from "commander";
import type { Definitions } from "../../api/index.ts";
import { formatAgo } from "../../views/index.ts";
import { settablesOf } from "../arguments/target.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { withCodeAtHand, withProject } from "../project-at-hand.ts";
import { oneLine } from "../terminal/width.ts";
import { type Candidate, type CompletionSources, completionCandidates } from "./candidates.ts";

const RUNS_SHOWN = 30;

/**
 * `headrace __complete WORDS…`: one candidate a line, a tab, its description. Says nothing where anything goes wrong.
 */
export async function complete(program: Command, words: readonly string[], cli: Cli): Promise<void> {
  const candidates = await completionCandidates(program, words, sourcesOf(cli, globalsIn(words)));
  // A name with a line break would be two.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a candidate
  const plain = candidates.filter(({ text }) => !/[\u0000-\u001f\u007f]/.test(text));
  cli.out.lines(plain.map(({ text, description }) => (description === "" ? text : `${text}\t${oneLine(description)}`)));
}

function sourcesOf(cli: Cli, options: GlobalOptions): CompletionSources {
  const loadConfig = async (): Promise<Definitions | undefined> =>
    await quietly(
      async () =>
        await withCodeAtHand(cli, options, async ({ api }) => (await api.configuration.get()).definitions ?? undefined),
    );
  return {
    runs: async () => {
      const runs = await quietly(
        async () => await withProject(cli, options, ({ api }) => api.runs.list({ limit: RUNS_SHOWN })),
      );
      const list = (runs?.items ?? []).map(
        (run): Candidate => ({
          text: String(run.number),
          description: `${run.name} ${run.state} ${formatAgo(run.createdAt, cli.now())}`,
        }),
      );
      return list.length === 0 ? [] : [{ text: "latest", description: "the newest run" }, ...list];
    },
    steps: async () =>
      ((await loadConfig())?.steps ?? []).map((step) => ({ text: step.name, description: step.description ?? "step" })),
    pipelines: async () =>
      ((await loadConfig())?.pipelines ?? []).map(({ name }) => ({ text: name, description: "pipeline" })),
    tasks: async () =>
      ((await loadConfig())?.tasks ?? []).map(({ name, description = "task" }) => ({ text: name, description })),
    settables: async (target, kind) => {
      const config = await loadConfig();
      const settables = config === undefined ? [] : (settablesOf(config, target) ?? []);
      return settables
        .filter((item) => item.kind === kind)
        .map((item) => ({ text: item.key, description: item.description ?? item.kind }));
    },
  };
}

/** A project that cannot be read offers nothing; the command itself will say why. */
async function quietly<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}

/** `-C`, `--config` and `--local` decide which project is asked. */
function globalsIn(words: readonly string[]): GlobalOptions {
  const after = (...names: readonly string[]): string | undefined => {
    const index = words.findIndex((word) => names.includes(word));
    return index === -1 ? undefined : words[index + 1];
  };
  const project = after("-C", "--project");
  const config = after("--config");
  return {
    ...(project === undefined ? {} : { project }),
    ...(config === undefined ? {} : { config }),
    ...(words.includes("--local") && { local: true }),
  };
}
