import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { isDead, ownLabel } from "../../machine/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** Code, not data: what is larger belongs into inputs. */
export const LARGEST_CODE_BYTES = 4 * 1024 ** 3;

/**
 * Gives `use` a folder of its own for what somebody sends, and removes it afterwards, with those that killed processes
 * have left. Throws HR_DISK_FULL where the server has no space.
 */
export async function withUploadFolder<T>(
  project: Pick<ProjectResources, "stateFolder">,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const uploads = uploadsFolder(project);
  mkdirSync(uploads, { recursive: true, mode: 0o700 });
  await removeAbandoned(uploads);
  const folder = join(uploads, `${await ownLabel()}.${crypto.randomUUID()}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
    return await use(folder);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOSPC") throw error;
    throw new HeadraceError("HR_DISK_FULL", "the server has no space for what is uploaded", {
      hint: "nothing was stored; tell whoever runs the server",
      cause: error,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function removeAbandoned(uploads: string): Promise<void> {
  for (const path of await abandonedIn(uploads)) rmSync(path, { recursive: true, force: true });
}

async function abandonedIn(uploads: string): Promise<readonly string[]> {
  const names = readdirSync(uploads);
  const areDead = await Promise.all(names.map((name) => isDead(name.slice(0, name.lastIndexOf(".")))));
  return names.filter((_, index) => areDead[index]).map((name) => join(uploads, name));
}

/** Folders of uploads whose server was killed. */
export async function abandonedUploads(project: Pick<ProjectResources, "stateFolder">): Promise<readonly string[]> {
  const uploads = uploadsFolder(project);
  return existsSync(uploads) ? await abandonedIn(uploads) : [];
}

function uploadsFolder({ stateFolder }: Pick<ProjectResources, "stateFolder">): string {
  return join(stateFolder, "uploads");
}
