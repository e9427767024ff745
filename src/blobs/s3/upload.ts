import { createHash, subtle } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Semaphore, settleAll } from "../../concurrency/index.ts";
import { blobDamaged } from "../blob-errors.ts";
import type { BlobRef } from "../blob-store.ts";
import { isNoSuchKey } from "./s3-failure.ts";
import type { S3Objects } from "./s3-objects.ts";

const MIB = 1024 * 1024;
/** The size up to which a file goes in one request. */
export const PART_BYTES = 8 * MIB;
const MOST_PARTS = 10_000;
const OPEN_FILES = 32;
const ABORT_MS = 5_000;
/** Before each try to abort; the look after the first one is what usually finds nothing left. */
const ABORT_PAUSES_MS = [0, 100, 300, 900];
/**
 * All that uploads hold in memory at one time, however many and large they are; one part of a file beyond 0.5 TB may be
 * more.
 */
const BUFFERED_BYTES = 8 * PART_BYTES;
/** Between two such pieces other work gets its turn: hashing one takes 0.7 ms. */
const PIECE_BYTES = MIB;

interface Part {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
  readonly ChecksumSHA256: string;
}

/**
 * Uploads. (The SDK's own, lib-storage, reads a file to its end after a part has failed, hashes on the main thread, and
 * holds its memory per file.) Parts are read one after the other, because the whole is hashed in passing: what does not
 * fit its name never gets it.
 */
export class Uploads {
  readonly #objects: S3Objects;
  readonly #memory = new Semaphore(BUFFERED_BYTES);
  readonly #files = new Semaphore(OPEN_FILES);

  constructor(objects: S3Objects) {
    this.#objects = objects;
  }

  async bytes(bytes: Uint8Array, sha256: string): Promise<void> {
    // The name says it already.
    const checksum = Buffer.from(sha256, "hex").toString("base64");
    const { ChecksumSHA256: echoed } = await this.#objects.request(`store ${sha256}`, ({ client, sdk }, place) =>
      client.send(
        new sdk.PutObjectCommand({
          ...place,
          Key: this.#objects.keyOf(sha256),
          Body: bytes,
          ContentLength: bytes.length,
          ChecksumSHA256: checksum,
        }),
      ),
    );
    this.#requireEcho(echoed, checksum, sha256);
  }

  /** Servers that know the checksum say it back; what they then hold must be what was sent. */
  #requireEcho(echoed: string | undefined, sent: string, sha256: string): void {
    if (echoed !== undefined && echoed !== sent)
      throw blobDamaged(sha256, `other bytes in ${this.#objects.location.shown}`);
  }

  file(path: string, ref: BlobRef): Promise<void> {
    return this.#files.hold(1, () => this.#file(path, ref));
  }

  async #file(path: string, ref: BlobRef): Promise<void> {
    const handle = await open(path, "r");
    try {
      if (ref.sizeBytes > PART_BYTES) await this.#inParts(handle, ref);
      else await this.#memory.hold(ref.sizeBytes, () => this.#whole(handle, ref));
    } finally {
      await handle.close();
    }
  }

  async #whole(handle: FileHandle, ref: BlobRef): Promise<void> {
    const hash = createHash("sha256");
    const bytes = await readPart(handle, { position: 0, length: ref.sizeBytes }, hash);
    assertSame(hash.digest("hex"), ref);
    await this.bytes(bytes, ref.sha256);
  }

  async #inParts(handle: FileHandle, ref: BlobRef): Promise<void> {
    const upload = await this.#begin(ref);
    try {
      const parts = await this.#sendParts(handle, ref, upload);
      await this.#finish(ref, upload, parts);
    } catch (error) {
      // When the server is down, this fails as well; removeStale sweeps up what stays.
      await this.#abandon(upload).catch(() => {});
      throw error;
    }
  }

  /**
   * A part that was under way may reach the server after the abort and bring the upload back, which is why S3's manual
   * says to abort until nothing is left.
   */
  async #abandon(upload: Upload): Promise<void> {
    const signal = AbortSignal.timeout(ABORT_MS);
    for (const pauseMs of ABORT_PAUSES_MS) {
      await delay(pauseMs);
      if (!(await this.#objects.abortUpload(upload, signal))) return;
    }
  }

  async #begin({ sha256 }: BlobRef): Promise<Upload> {
    const key = this.#objects.keyOf(sha256);
    const { UploadId } = await this.#objects.request(`store ${sha256}`, ({ client, sdk }, place) =>
      client.send(new sdk.CreateMultipartUploadCommand({ ...place, Key: key, ChecksumAlgorithm: "SHA256" })),
    );
    return { key, uploadId: UploadId ?? "" };
  }

  async #sendParts(handle: FileHandle, ref: BlobRef, upload: Upload): Promise<readonly Part[]> {
    const partBytes = partSize(ref.sizeBytes);
    const hash = createHash("sha256");
    const failed = new AbortController();
    const sending: Promise<Part>[] = [];
    for (let position = 0; position < ref.sizeBytes && !failed.signal.aborted; position += partBytes) {
      const length = Math.min(partBytes, ref.sizeBytes - position);
      const release = await this.#memory.take(length);
      try {
        const bytes = await readPart(handle, { position, length }, hash);
        const sent = this.#sendPart(bytes, { number: sending.length + 1, ref, upload, signal: failed.signal }).finally(
          release,
        );
        sent.catch((error: unknown) => failed.abort(error));
        sending.push(sent);
      } catch (error) {
        release();
        failed.abort(error);
      }
    }
    const { done } = await settleAll(sending);
    if (failed.signal.aborted) throw failed.signal.reason;
    assertSame(hash.digest("hex"), ref);
    return done;
  }

  async #sendPart(bytes: Uint8Array<ArrayBuffer>, { number, ref, upload, signal }: PartOptions): Promise<Part> {
    // In the pool of threads, so that the event loop stays free.
    const checksum = Buffer.from(await subtle.digest("SHA-256", bytes)).toString("base64");
    const { ETag, ChecksumSHA256: echoed } = await this.#objects.request(
      `store ${ref.sha256}`,
      ({ client, sdk }, place) =>
        client.send(
          new sdk.UploadPartCommand({
            ...place,
            Key: upload.key,
            UploadId: upload.uploadId,
            PartNumber: number,
            Body: bytes,
            ContentLength: bytes.length,
            ChecksumSHA256: checksum,
          }),
          { abortSignal: signal },
        ),
    );
    this.#requireEcho(echoed, checksum, ref.sha256);
    return { PartNumber: number, ETag, ChecksumSHA256: checksum };
  }

  async #finish(ref: BlobRef, upload: Upload, parts: readonly Part[]): Promise<void> {
    await this.#objects.request(`store ${ref.sha256}`, async ({ client, sdk }, place) => {
      const MultipartUpload = { Parts: [...parts] };
      try {
        const { ETag } = await client.send(
          new sdk.CompleteMultipartUploadCommand({
            ...place,
            Key: upload.key,
            UploadId: upload.uploadId,
            MultipartUpload,
          }),
        );
        if (ETag === undefined) throw blobDamaged(ref.sha256, `not confirmed by ${this.#objects.location.shown}`);
      } catch (error) {
        // A first try may have done it although its answer was lost: the look below tells.
        if (!isNoSuchKey(error) && !(error instanceof Error && error.name === "NoSuchUpload")) throw error;
      }
    });
    const sizeBytes = await this.#objects.size(ref.sha256);
    if (sizeBytes !== ref.sizeBytes)
      throw blobDamaged(ref.sha256, `${sizeBytes ?? "no"} bytes long in ${this.#objects.location.shown}`);
  }
}

interface Upload {
  readonly key: string;
  readonly uploadId: string;
}

interface PartOptions {
  readonly number: number;
  readonly ref: BlobRef;
  readonly upload: Upload;
  readonly signal: AbortSignal;
}

/** Whole MiB, at most 10,000 of them. */
export function partSize(sizeBytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(sizeBytes / MOST_PARTS / MIB) * MIB);
}

async function readPart(
  handle: FileHandle,
  { position, length }: { readonly position: number; readonly length: number },
  hash: ReturnType<typeof createHash>,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(bytes, filled, Math.min(PIECE_BYTES, length - filled), position + filled);
    // Too short: the hash will not fit.
    if (bytesRead === 0) return bytes.subarray(0, filled);
    hash.update(bytes.subarray(filled, filled + bytesRead));
    filled += bytesRead;
  }
  return bytes;
}

function assertSame(found: string, ref: BlobRef): void {
  if (found !== ref.sha256) throw blobDamaged(ref.sha256, found);
}
