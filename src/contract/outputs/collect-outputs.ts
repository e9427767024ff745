import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { BlobStore } from "../../blobs/index.ts";
import type { HeadraceError } from "../../errors.ts";
import { refusalOfMachine } from "../../system-failure.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { warnOfDatabaseRests } from "./database-rests.ts";
import { type CollectedOutput, OutputJournal } from "./output-journal.ts";
import { resolveLinks } from "./output-links.ts";
import { type FoundOutput, removeStored, walkOutputs } from "./output-walk.ts";
import { limitWarnings, type OutputWarning } from "./output-warning.ts";
import { readSidecars, type Sidecars } from "./sidecars.ts";
import { type OutputGroup, storeOutputs } from "./store-outputs.ts";

export interface Collection {
  /** Everything the step made: what was taken while it ran in the order of taking, then the rest by name. */
  readonly outputs: readonly CollectedOutput[];
  readonly warnings: readonly OutputWarning[];
  /** The machine refused to store some of the files (a full disk, a broken one): they are still in outputs. */
  readonly refusal?: HeadraceError;
}

/**
 * Takes what an ended step left in outputs into the blob store. A large file is moved, which costs nothing, unless
 * somebody may still have it open: then `how` is `copy`. May be repeated after a crash at any point: the answer is the
 * same, ids included (see `OutputJournal`). A file that cannot be kept stays where it is and is answered as a warning;
 * the step does not fail for it. A `LiveOutputs` of the folder must have been closed.
 */
export async function collectOutputs(
  folder: ExecutionFolder,
  blobs: BlobStore,
  how: "move" | "copy" = "move",
): Promise<Collection> {
  await using journal = await OutputJournal.open(folder.control);
  const tree = walkOutputs(folder.outputs, { mend: true });
  const files = tree.files.filter((file) => !removeNoted(file, journal));
  const links = tree.links.filter((link) => !removeNoted(link, journal));
  const linkNames = new Set(links.map((link) => link.name));
  const sidecars = readSidecars(files, (name) => linkNames.has(name) || journal.newest(name) !== undefined);
  const kept = new Map(files.filter((file) => !sidecars.consumed.has(file.name)).map((file) => [file.name, file]));
  const { targets, warnings } = resolveLinks(folder.outputs, links, kept);
  let stored: readonly OutputWarning[] = [];
  try {
    stored = await storeOutputs(groupByContent(kept, links, targets, sidecars), blobs, journal, how);
    await giveLateProperties(sidecars, kept, targets, journal);
  } catch (error) {
    const refusal = refusalOfMachine(error);
    if (refusal === undefined) throw error;
    return {
      outputs: inOrder(journal.outputs),
      warnings: limitWarnings([...tree.warnings, ...warnings, ...sidecars.warnings]),
      refusal,
    };
  }
  for (const name of sidecars.consumed) removeStored(join(folder.outputs, name));
  const outputs = inOrder(journal.outputs);
  const all = [...tree.warnings, ...warnings, ...sidecars.warnings, ...stored, ...warnOfDatabaseRests(outputs)];
  return { outputs, warnings: limitWarnings(all) };
}

/**
 * Files are stored side by side: the order of the journal is an accident, save for those that came one by one while the
 * step ran.
 */
function inOrder(outputs: readonly CollectedOutput[]): readonly CollectedOutput[] {
  const rest = outputs.filter((output) => !output.live);
  return [
    ...outputs.filter((output) => output.live),
    ...rest.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  ];
}

/** Removes a file that an interrupted collection had noted and was about to remove. */
function removeNoted(file: FoundOutput, journal: OutputJournal): boolean {
  if (!journal.isNoted(file.name, file.identity)) return false;
  removeStored(file.path);
  return true;
}

/** A link is noted together with its file, before the file is removed from under it. */
function groupByContent(
  files: ReadonlyMap<string, FoundOutput>,
  links: readonly FoundOutput[],
  targets: ReadonlyMap<string, FoundOutput>,
  sidecars: Sidecars,
): readonly OutputGroup[] {
  const names = new Map<FoundOutput, FoundOutput[]>([...files.values()].map((file) => [file, [file]]));
  for (const link of links) {
    const target = targets.get(link.name);
    if (target !== undefined) names.get(target)?.push(link);
  }
  return [...names].map(([file, places]) => ({
    file,
    outputs: places.map(({ name, path, identity }) => ({
      name,
      path,
      identity,
      draft: { id: randomUUID(), name, properties: sidecars.properties.get(name) ?? {}, live: false },
    })),
  }));
}

/** A file that was taken live may get its properties afterwards: those in a list are usually written last. */
async function giveLateProperties(
  sidecars: Sidecars,
  files: ReadonlyMap<string, FoundOutput>,
  targets: ReadonlyMap<string, FoundOutput>,
  journal: OutputJournal,
): Promise<void> {
  for (const [name, properties] of sidecars.properties) {
    const output = journal.newest(name);
    if (output !== undefined && !files.has(name) && !targets.has(name)) await journal.amend(output.id, properties);
  }
}
