import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** Parts of contents that nobody goes on with. */
const ABANDONED_MS = 7 * 24 * 3_600_000;

/**
 * Contents that come by parts: an upload that was broken off goes on where it was. They lie beside the records of the
 * project on this machine, so that another server of the same database does not know them and begins anew.
 */
export class ReceivedParts {
  readonly #folder: string;

  constructor(project: Pick<ProjectResources, "stateFolder">) {
    this.#folder = receivedFolder(project);
  }

  /** So many bytes of a content have come. */
  sizeOf(sha256: string): number {
    return statSync(this.#path(sha256), { throwIfNoEntry: false })?.size ?? 0;
  }

  /**
   * Takes a part in, piece by piece, and returns how much there is then: also where the part ends early, what came is
   * kept. Throws HR_CONFLICT for a part that begins elsewhere than after what has come.
   */
  async add(
    { sha256, sizeBytes, offset }: { readonly sha256: string; readonly sizeBytes: number; readonly offset: number },
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<number> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#removeAbandoned();
    // Locked by nothing: two who send the same content write the same bytes, and its hash is looked at in the end.
    const file = await open(this.#path(sha256), "a+", 0o600).then(async (made) => {
      await made.close();
      return await open(this.#path(sha256), "r+");
    });
    try {
      const { size } = await file.stat();
      if (offset !== size)
        throw new HeadraceError("HR_CONFLICT", `the part begins at byte ${offset}, and ${size} bytes have come`, {
          hint: `go on at byte ${size}`,
        });
      let position = offset;
      for await (const piece of bytes) {
        if (position + piece.length > sizeBytes)
          throw new HeadraceError("HR_USAGE", `more bytes come than the ${sizeBytes} of the content`, {
            hint: "send the parts of one file only under its hash",
          });
        // A disk that is nearly full takes a part of a piece, and refuses the rest when it is asked again.
        for (let taken = 0; taken < piece.length; ) {
          const { bytesWritten } = await file.write(piece, taken, piece.length - taken, position);
          taken += bytesWritten;
          position += bytesWritten;
        }
      }
      return position;
    } catch (error) {
      if (systemErrorCode(error) !== "ENOSPC") throw error;
      throw new HeadraceError("HR_DISK_FULL", "the server has no space for the upload", {
        hint: "go on with it once there is room; what came is kept",
        cause: error,
      });
    } finally {
      await file.close();
    }
  }

  /** The bytes of a whole content. */
  read(sha256: string): Readable {
    return createReadStream(this.#path(sha256));
  }

  remove(sha256: string): void {
    rmSync(this.#path(sha256), { force: true });
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256);
  }

  #removeAbandoned(): void {
    for (const path of abandonedParts(this.#folder, Date.now())) rmSync(path, { force: true });
  }
}

function receivedFolder({ stateFolder }: Pick<ProjectResources, "stateFolder">): string {
  return join(stateFolder, "received");
}

function abandonedParts(folder: string, now: number): readonly string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > ABANDONED_MS);
}

/** Parts of contents that nobody has gone on with for a week. */
export function abandonedReceived(project: Pick<ProjectResources, "stateFolder">, now: number): readonly string[] {
  const folder = receivedFolder(project);
  return existsSync(folder) ? abandonedParts(folder, now) : [];
}
