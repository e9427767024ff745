import type { DatumView } from "../../api/index.ts";
import { compileGlob, hasGlob } from "../../config/index.ts";
import { dataNameProblem } from "../../data-address.ts";
import { HeadraceError } from "../../errors.ts";
import type { Context } from "../context.ts";
import { datumView } from "../records/view-of.ts";
import { FILE_NAME } from "./file-name.ts";
import { everyOutput } from "./list-outputs.ts";

/**
 * The stored files that a text names: `datum://ID`, or the short name of outputs, in which `*`, `?` and `[…]` stand for
 * more than one (`*` also for `/`, as on edges). If several files have one name, which a step may make, the newest
 * counts. Throws HR_NOT_FOUND where there is none, HR_USAGE for another form.
 */
export async function findFiles(context: Context, text: string): Promise<readonly DatumView[]> {
  if (text.startsWith("datum://"))
    return [await fileById(context, await idNamed(context, text.slice("datum://".length)))];
  const { ref = "", name = "" } = FILE_NAME.exec(text)?.groups ?? {};
  if (ref === "") {
    throw new HeadraceError("HR_USAGE", `\`${text}\` names no stored file`, {
      hint: "write for example 12.train/model.joblib, latest/metrics.json or datum://ID",
    });
  }
  const outputs = newestOfEach(await Array.fromAsync(everyOutput(context, ref)));
  const fits = hasGlob(name) ? compileGlob(name) : (candidate: string) => candidate === name;
  const found = outputs.filter((output) => output.name === name || fits(output.name));
  if (found.length > 0) return found;
  throw new HeadraceError("HR_NOT_FOUND", `${ref} made no file ${name}`, { hint: namesHint(ref, outputs) });
}

/** The id that an alias stands for; a text that is none is an id. */
async function idNamed({ project }: Context, text: string): Promise<string> {
  if (dataNameProblem(text) !== undefined || !project.hasState()) return text;
  const { aliases } = await project.reader();
  return (await aliases.get({ kind: "datum", owner: "", name: text }))?.target ?? text;
}

/** A stored file by its id. Throws HR_NOT_FOUND. */
export async function fileById({ project }: Context, id: string): Promise<DatumView> {
  const store = await project.reader();
  const datum = await store.data.get(id);
  if (datum === undefined) {
    throw new HeadraceError("HR_NOT_FOUND", `there is no stored file with the id "${id}"`, {
      hint: [{ do: "list-files" }, " lists the files of a run"],
    });
  }
  const execution = datum.executionId === undefined ? undefined : await store.executions.get(datum.executionId);
  return datumView(datum, execution);
}

function newestOfEach(outputs: readonly DatumView[]): readonly DatumView[] {
  const newest = new Map<string, DatumView>();
  for (const output of outputs) newest.set(JSON.stringify([output.execution, output.name]), output);
  return [...newest.values()];
}

const NAMED = 8;

function namesHint(ref: string, outputs: readonly DatumView[]): string {
  if (outputs.length === 0) return `${ref} has no outputs`;
  const names = outputs.slice(0, NAMED).map(({ name }) => name);
  return `its files are ${names.join(", ")}${outputs.length > NAMED ? ` and ${outputs.length - NAMED} more` : ""}`;
}
