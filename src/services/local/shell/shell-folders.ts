import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { THIS_MACHINE } from "../../../config/index.ts";
import { systemErrorCode } from "../../../errors.ts";
import { isDead, ownLabel } from "../../../machine/index.ts";
import { removeTree } from "../../../remove-tree.ts";
import type { ProjectResources } from "../../installation/project-resources.ts";
import { shellsFolder } from "../../installation/state-folder.ts";

/** Its owner is written a moment after the folder is made. */
const UNOWNED_MS = 3_600_000;

/** The folder of a shell that this process opens, and what the shell is called among the processes. */
export async function makeShellFolder(
  project: ProjectResources,
): Promise<{ readonly id: string; readonly folder: string }> {
  const id = randomUUID();
  const folder = join(shellsFolder(project), id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "owner"), `${await ownLabel()}\n`);
  return { id, folder };
}

/** Ends and removes what shells have left whose command was killed. */
export async function removeAbandonedShells(project: ProjectResources): Promise<void> {
  const abandoned: string[] = [];
  for (const id of namesIn(shellsFolder(project)))
    if (await isAbandoned(join(shellsFolder(project), id))) abandoned.push(id);
  if (abandoned.length === 0) return;
  await using places = await project.openPlaces();
  for (const id of abandoned) {
    const { executor } = await places.placeOf({ id, environmentName: THIS_MACHINE });
    const folder = join(shellsFolder(project), id);
    const job = { executionId: id, folder, command: [], image: "", environment: {} };
    const running = await executor.attach(job);
    await running?.signal("kill");
    await running?.ended;
    await executor.forget(job);
    await removeTree(folder);
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const label = readIfThere(join(folder, "owner"));
  if (label?.endsWith("\n") === true) return await isDead(label.trimEnd());
  const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && made < Date.now() - UNOWNED_MS;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
