import type { RunLabels, RunView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Context } from "../context.ts";
import { findSubject, runOfSubject } from "../records/refs.ts";
import { runView } from "../records/view-of.ts";
import { hideInLabels } from "../variables/hidden-secrets.ts";

/**
 * The longest title or tag, and the longest note, in characters: lists carry the former, `info` shows the latter whole.
 */
const LONGEST = { title: 1_000, tag: 200, note: 100_000 } as const;

/**
 * Writes on the run that a reference names (of an execution: the run that it belongs to). Throws HR_USAGE for a text
 * that is too long.
 */
export async function labelRun({ actor, now, project }: Context, ref: string, labels: RunLabels): Promise<RunView> {
  check("title", labels.title ?? "");
  check("note", labels.note ?? "");
  for (const tag of labels.addTags ?? []) {
    check("tag", tag);
    if (tag.trim() === "")
      throw new HeadraceError("HR_USAGE", "a tag cannot be empty", { hint: "write a word, such as `nightly`" });
  }
  const store = await project.existingWriter();
  const hidden = await hideInLabels(project, labels);
  const run = await runOfSubject(store, await findSubject(store, ref));
  return runView(await store.runs.label(run.id, hidden, { actor, at: now() }));
}

function check(what: keyof typeof LONGEST, text: string): void {
  const length = [...text].length;
  if (length <= LONGEST[what]) return;
  throw new HeadraceError("HR_USAGE", `the ${what} has ${length} characters, at most ${LONGEST[what]} are kept`, {
    hint: what === "note" ? "keep long texts in a file of the project" : ["write more in ", { do: "write-note" }],
  });
}
