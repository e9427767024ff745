import type { Command } from "commander";
import type { RunLabels, RunView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { collect } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withProject } from "../project-at-hand.ts";
import { oneLine } from "../terminal/width.ts";
import { REF_HELP } from "./ref-help.ts";

/** `title`, `note` and `tag`: what people write on a run after it has begun. */
export function addTitle(program: Command, cli: Cli): void {
  const command = program
    .command("title")
    .description("give a run another title")
    .argument("<number>", REF_HELP)
    .argument("<text>", "the title; an empty text takes it away")
    .action(
      async (ref: string, title: string, _options, self: Command) =>
        await label(cli, self.optsWithGlobals(), ref, { title }),
    );
  withExamples(command, [["headrace title 12 'more trees'", "shown by `headrace ls`"]]);
}

export function addNote(program: Command, cli: Cli): void {
  const command = program
    .command("note")
    .description("write a note on a run, or read it")
    .argument("<number>", REF_HELP)
    .argument("[text]", "the note, in place of the former one; an empty text takes it away")
    .action(async (ref: string, note: string | undefined, _options, self: Command) => {
      if (note !== undefined) return await label(cli, self.optsWithGlobals(), ref, { note });
      await withProject(cli, self.optsWithGlobals<GlobalOptions>(), async ({ api }) => {
        // Nothing is added or removed: the run comes back as it is.
        const run = await api.runs.label(ref, {});
        await printResult(cli, self.optsWithGlobals<GlobalOptions>(), run, () =>
          run.note === null ? ["No note."] : run.note.split("\n"),
        );
      });
    });
  withExamples(command, [
    ["headrace note 12 'trained on the data of March, without DL'", "shown by `headrace info 12`"],
    ["headrace note 12", "print it"],
  ]);
}

export function addTag(program: Command, cli: Cli): void {
  const command = program
    .command("tag")
    .description("add tags to a run, or take them away")
    .argument("<number>", REF_HELP)
    .argument("[tags...]", "tags to add")
    .option("-r, --remove <tag>", "take this tag away (repeatable)", collect)
    .action(async (ref: string, addTags: readonly string[], _options, self: Command) => {
      const { remove: removeTags = [] } = self.optsWithGlobals<{ readonly remove?: readonly string[] }>();
      if (addTags.length === 0 && removeTags.length === 0) {
        throw new HeadraceError("HR_USAGE", "no tag is named", { hint: "write for example headrace tag 12 nightly" });
      }
      await label(cli, self.optsWithGlobals(), ref, { addTags, removeTags });
    });
  withExamples(command, [
    ["headrace tag 12 baseline", "add one"],
    ["headrace tag latest candidate --remove draft", "add one, take another away"],
  ]);
}

async function label(cli: Cli, options: GlobalOptions, ref: string, labels: RunLabels): Promise<void> {
  await withProject(cli, options, async ({ api }) => {
    const run = await api.runs.label(ref, labels);
    await printResult(cli, options, run, () => [
      `${cli.out.style.green("✓")} run ${run.number} ${oneLine(run.name)}${shown(run, labels)}`,
    ]);
  });
}

/** Says what stands there now, of what was changed. */
function shown(run: RunView, labels: RunLabels): string {
  if (labels.title !== undefined) return run.title === null ? " has no title" : `: ${oneLine(run.title)}`;
  if (labels.note !== undefined) return run.note === null ? " has no note" : " has a new note";
  return run.tags.length === 0 ? " has no tags" : `: ${run.tags.map((tag) => `[${oneLine(tag)}]`).join(" ")}`;
}
