import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../errors.ts";
import type { BlobOwner } from "./blob-trash.ts";

/** `<folder>/owners/ID` with the name in it. */
export async function readOwners(folder: string): Promise<readonly BlobOwner[]> {
  const owners = join(folder, "owners");
  const names = await readdir(owners).catch((error: unknown) => {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  });
  const ids = names.filter((name) => !name.startsWith("."));
  return await Promise.all(
    ids.sort().map(async (id) => ({ id, name: (await readFile(join(owners, id), "utf8")).trim() })),
  );
}

export async function addOwner(folder: string, { id, name }: BlobOwner): Promise<void> {
  const owners = join(folder, "owners");
  await mkdir(owners, { recursive: true });
  // Requests of one process may come to the same at once.
  const aside = join(owners, `.${id}.${crypto.randomUUID()}`);
  await writeFile(aside, `${name}\n`);
  await rename(aside, join(owners, id));
}

export async function removeOwner(folder: string, id: string): Promise<void> {
  await rm(join(folder, "owners", id), { force: true });
}
