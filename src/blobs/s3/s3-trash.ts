import { settleAll } from "../../concurrency/index.ts";
import type { BlobOwner, BlobTrash, DatedBlob } from "../blob-trash.ts";
import { isNoSuchKey } from "./s3-failure.ts";
import type { S3Objects } from "./s3-objects.ts";
import { partSize } from "./upload.ts";

/** The server copies what is no larger in one request; S3's own bound is 5 GiB. */
const COPY_BYTES = 4 * 1024 ** 3;
/** A part of a copy costs no memory here, so it may be large. */
const COPY_PART_BYTES = 1024 ** 3;

/**
 * `<prefix>trash/ab/abcdef…`, filled and emptied by copies that the server makes. A copy is whole before the other one
 * goes, and what comes back leaves its copy here, so that a content is always in one of the two places, also while one
 * process takes it back and another discards it. A copy whose content is in its place counts as nothing; discarding the
 * content anew writes over it.
 */
export class S3Trash implements BlobTrash {
  readonly #objects: S3Objects;

  constructor(objects: S3Objects) {
    this.#objects = objects;
  }

  async discard(sha256s: readonly string[]): Promise<void> {
    await all(sha256s, async (sha256) => {
      const key = this.#objects.keyOf(sha256);
      if (await this.#copy(key, this.#keyOf(sha256), sha256)) await this.#objects.deleteKey(key, `delete ${sha256}`);
    });
  }

  /** Both listings come in the order of the hashes. */
  async *list(): AsyncGenerator<DatedBlob> {
    const stored = this.#objects.listDated("sha256/")[Symbol.asyncIterator]();
    let next = await stored.next();
    for await (const blob of this.#objects.listDated("trash/", (sha256) => this.#keyOf(sha256))) {
      while (next.done !== true && next.value.sha256 < blob.sha256) next = await stored.next();
      if (next.done === true || next.value.sha256 !== blob.sha256) yield blob;
    }
  }

  async restore(sha256: string): Promise<boolean> {
    const place = this.#objects.keyOf(sha256);
    if ((await this.#objects.sizeOfKey(place, `look for ${sha256}`)) !== undefined) return false;
    return await this.#copy(this.#keyOf(sha256), place, sha256);
  }

  async empty(sha256s: readonly string[]): Promise<void> {
    await all(sha256s, (sha256) => this.#objects.deleteKey(this.#keyOf(sha256), `delete ${sha256}`));
  }

  #keyOf(sha256: string): string {
    const { prefix } = this.#objects.location;
    return this.#objects.keyOf(sha256).replace(`${prefix}sha256/`, `${prefix}trash/`);
  }

  /** False when there is nothing to copy. */
  async #copy(from: string, to: string, sha256: string): Promise<boolean> {
    const sizeBytes = await this.#objects.sizeOfKey(from, `look for ${sha256}`);
    if (sizeBytes === undefined) return false;
    const source = `${this.#objects.location.bucket}/${from.split("/").map(encodeURIComponent).join("/")}`;
    if (sizeBytes > COPY_BYTES) {
      await this.#copyInParts({ source, to, sha256, sizeBytes });
      return true;
    }
    return await this.#objects.request(`copy ${sha256}`, async ({ client, sdk }, place) => {
      try {
        await client.send(new sdk.CopyObjectCommand({ ...place, Key: to, CopySource: source }));
        return true;
      } catch (error) {
        if (isNoSuchKey(error)) return false;
        throw error;
      }
    });
  }

  async #copyInParts({ source, to, sha256, sizeBytes }: PartCopy): Promise<void> {
    await this.#objects.request(`copy ${sha256}`, async ({ client, sdk }, place) => {
      const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ ...place, Key: to }));
      const target = { ...place, Key: to, UploadId };
      try {
        const bytes = Math.max(COPY_PART_BYTES, partSize(sizeBytes));
        const parts: { readonly PartNumber: number; readonly ETag: string | undefined }[] = [];
        for (let start = 0; start < sizeBytes; start += bytes) {
          const PartNumber = parts.length + 1;
          const CopySourceRange = `bytes=${start}-${Math.min(start + bytes, sizeBytes) - 1}`;
          const { CopyPartResult } = await client.send(
            new sdk.UploadPartCopyCommand({ ...target, PartNumber, CopySource: source, CopySourceRange }),
          );
          parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
        }
        await client.send(
          new sdk.CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: [...parts] } }),
        );
      } catch (error) {
        // When the server is down, this fails as well; removeStale sweeps up what stays.
        await client.send(new sdk.AbortMultipartUploadCommand(target)).catch(() => {});
        throw error;
      }
    });
  }
}

interface PartCopy {
  readonly source: string;
  readonly to: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

async function all(sha256s: readonly string[], each: (sha256: string) => Promise<void>): Promise<void> {
  const { failure } = await settleAll(sha256s.map(each));
  if (failure !== undefined) throw failure.reason;
}

/** `<prefix>owners/ID` with the name in it. */
export async function readS3Owners(objects: S3Objects): Promise<readonly BlobOwner[]> {
  const Prefix = `${objects.location.prefix}owners/`;
  const ids = await objects.request("list the owners", async ({ client, sdk }, place) => {
    const { Contents } = await client.send(new sdk.ListObjectsV2Command({ ...place, Prefix }));
    return (Contents ?? []).map(({ Key }) => Key?.slice(Prefix.length) ?? "").filter((id) => id !== "");
  });
  return await Promise.all(ids.map((id) => readOwner(objects, id)));
}

async function readOwner(objects: S3Objects, id: string): Promise<BlobOwner> {
  const Key = `${objects.location.prefix}owners/${id}`;
  const text = await objects.request("read the owners", async ({ client, sdk }, place) => {
    const { Body } = await client.send(new sdk.GetObjectCommand({ ...place, Key }));
    return (await Body?.transformToString()) ?? "";
  });
  return { id, name: text.trim() };
}

export async function addS3Owner(objects: S3Objects, { id, name }: BlobOwner): Promise<void> {
  const Key = `${objects.location.prefix}owners/${id}`;
  await objects.request("note the owner", ({ client, sdk }, place) =>
    client.send(new sdk.PutObjectCommand({ ...place, Key, Body: `${name}\n` })),
  );
}

export async function removeS3Owner(objects: S3Objects, id: string): Promise<void> {
  await objects.deleteKey(`${objects.location.prefix}owners/${id}`, "forget the owner");
}
