import type { DatumView } from "../../api/index.ts";
import { compileGlob, hasGlob } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ProjectStore } from "../../store/index.ts";
import { describeSubject } from "../details.ts";
import { datumView } from "../view-of.ts";
import { FILE_NAME } from "./file-name.ts";

/**
 * The stored files that a text names: `datum://ID`, or the short name of outputs, in which `*`, `?` and `[…]` stand for more than one
 * (`*` also for `/`, as on edges). Of several files of one name, which a step may make, the newest. Throws HR_NOT_FOUND where there is
 * none, HR_USAGE for another form.
 */
export async function findFiles(store: ProjectStore, text: string): Promise<readonly DatumView[]> {
  if (text.startsWith("datum://")) return [await byId(store, text.slice("datum://".length))];
  const { ref = "", name = "" } = FILE_NAME.exec(text)?.groups ?? {};
  if (ref === "") {
    throw new HeadraceError("HR_USAGE", `\`${text}\` names no stored file`, {
      hint: "write for example 12.train/model.joblib, latest/metrics.json or datum://ID",
    });
  }
  const outputs = newestOfEach(await outputsOf(store, ref));
  const fits = hasGlob(name) ? compileGlob(name) : (candidate: string) => candidate === name;
  const found = outputs.filter((output) => output.name === name || fits(output.name));
  if (found.length > 0) return found;
  throw new HeadraceError("HR_NOT_FOUND", `${ref} made no file ${name}`, { hint: namesHint(ref, outputs) });
}

async function outputsOf(store: ProjectStore, ref: string): Promise<readonly DatumView[]> {
  const subject = await describeSubject(store, ref);
  return subject.kind === "execution" ? subject.execution.outputs : subject.run.nodes.flatMap((node) => node.execution?.outputs ?? []);
}

async function byId(store: ProjectStore, id: string): Promise<DatumView> {
  const datum = await store.data.get(id);
  if (datum === undefined) {
    throw new HeadraceError("HR_NOT_FOUND", `there is no stored file with the id "${id}"`, {
      hint: "`headrace outputs N` lists the files of a run",
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
