import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { removeTree } from "../../remove-tree.ts";
import { definedOnly } from "../defined-variables.ts";
import { ExecutionPlaces } from "../execution-places.ts";
import { loadSettings } from "../load-settings.ts";
import { isDead, ownLabel } from "../process-label.ts";
import type { ProjectLocation } from "../project.ts";
import { shellsFolder } from "../state-folder.ts";

/** Its owner is written a moment after the folder is made. */
const UNOWNED_MS = 3_600_000;

/** The folder of a shell that this process opens, and what the shell is called among the processes. */
export async function makeShellFolder(location: ProjectLocation): Promise<{ readonly id: string; readonly folder: string }> {
  const id = randomUUID();
  const folder = join(shellsFolder(location), id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "owner"), `${await ownLabel()}\n`);
  return { id, folder };
}

/** Ends and removes what shells have left whose command was killed. */
export async function removeAbandonedShells(location: ProjectLocation): Promise<void> {
  const abandoned: string[] = [];
  for (const id of namesIn(shellsFolder(location))) if (await isAbandoned(join(shellsFolder(location), id))) abandoned.push(id);
  if (abandoned.length === 0) return;
  const place = { location, sandbox: "auto" as const, baseEnvironment: definedOnly(process.env) };
  await using places = new ExecutionPlaces(loadSettings(location, process.env), place);
  for (const id of abandoned) {
    const { executor } = await places.placeOf({ id, environmentName: "local" });
    const folder = join(shellsFolder(location), id);
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
