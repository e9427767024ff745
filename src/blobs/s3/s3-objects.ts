import type * as Sdk from "@aws-sdk/client-s3";
import { Semaphore } from "../../concurrency/index.ts";
import { blobMissing } from "../blob-errors.ts";
import type { BlobRef } from "../blob-store.ts";
import type { DatedBlob } from "../blob-trash.ts";
import { assertSha256, isSha256 } from "../sha256.ts";
import { resumingBody } from "./resuming-body.ts";
import { connect, MOST_REQUESTS, type S3Connection, type S3Timeouts, secretsOf } from "./s3-client.ts";
import { isBeyondEnd, isNoSuchKey, s3Failure } from "./s3-failure.ts";
import type { Environment, S3Location } from "./s3-location.ts";

export interface S3ObjectsOptions {
  readonly location: S3Location;
  readonly env: Environment;
  readonly timeouts: S3Timeouts;
}

export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly startedAt: number;
}

/** From the commands' classes, so that one call reads as one request. */
type Work<T> = (connection: S3Connection, place: { readonly Bucket: string }) => Promise<T>;

/**
 * The objects of one bucket and prefix: `<prefix>sha256/ab/abcdef…`, the same names as on disk, so that any tool that
 * copies folders moves a store from one to the other. Each failure leaves as a HeadraceError that says what was tried
 * and where.
 */
export class S3Objects implements AsyncDisposable {
  readonly location: S3Location;
  readonly #options: S3ObjectsOptions;
  readonly #secrets: readonly string[];
  readonly #requests = new Semaphore(MOST_REQUESTS);
  #connection: Promise<S3Connection> | undefined;

  constructor(options: S3ObjectsOptions) {
    this.location = options.location;
    this.#options = options;
    this.#secrets = secretsOf(options.env);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    connection?.client.destroy();
  }

  keyOf(sha256: string): string {
    assertSha256(sha256);
    return `${this.location.prefix}sha256/${sha256.slice(0, 2)}/${sha256}`;
  }

  /** Does one request; its failure is translated. Keep what is not a short answer (bodies) out of here. */
  request<T>(doing: string, work: Work<T>): Promise<T> {
    return this.#requests.hold(1, async () => {
      try {
        return await work(await this.connection(), { Bucket: this.location.bucket });
      } catch (error) {
        throw this.failure(error, doing);
      }
    });
  }

  failure(error: unknown, doing: string): unknown {
    return s3Failure(error, doing, this.location.shown, this.#secrets);
  }

  connection(): Promise<S3Connection> {
    this.#connection ??= connect(this.location, this.#options.env, this.#options.timeouts);
    return this.#connection;
  }

  size(sha256: string): Promise<number | undefined> {
    return this.sizeOfKey(this.keyOf(sha256), `look for ${sha256}`);
  }

  sizeOfKey(Key: string, doing: string): Promise<number | undefined> {
    return this.request(doing, async ({ client, sdk }, place) => {
      try {
        return (await client.send(new sdk.HeadObjectCommand({ ...place, Key }))).ContentLength;
      } catch (error) {
        if (isNoSuchKey(error)) return undefined;
        throw error;
      }
    });
  }

  /**
   * A body that goes on where a connection broke. Answers once the server has: a missing object is an error here, not
   * in the stream.
   */
  async open(
    sha256: string,
    range: { readonly start: number; readonly end?: number },
  ): Promise<AsyncGenerator<Uint8Array>> {
    const { retries } = await this.connection();
    const doing = `read ${sha256}`;
    const open = (start: number) =>
      this.request(doing, (connection, place) => this.#get(connection, place, sha256, { ...range, start }));
    const first = await open(range.start);
    return resumingBody({ first, start: range.start, open, retries, failure: (error) => this.failure(error, doing) });
  }

  async *list(folder = ""): AsyncGenerator<BlobRef> {
    for await (const { sha256, sizeBytes } of this.listDated(`sha256/${folder}`)) yield { sha256, sizeBytes };
  }

  /** Objects of a folder whose name is that of a content; `keyOf` says what its whole key must be. */
  async *listDated(folder: string, keyOf = (sha256: string) => this.keyOf(sha256)): AsyncGenerator<DatedBlob> {
    const Prefix = `${this.location.prefix}${folder}`;
    let ContinuationToken: string | undefined;
    do {
      const page = await this.request("list the files", ({ client, sdk }, place) =>
        client.send(
          new sdk.ListObjectsV2Command({
            ...place,
            Prefix,
            ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
          }),
        ),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        const sha256 = Key?.slice(Key.lastIndexOf("/") + 1) ?? "";
        if (!isSha256(sha256) || Key !== keyOf(sha256)) continue;
        // Without a date it counts as new.
        yield { sha256, sizeBytes: Size ?? 0, since: LastModified?.getTime() ?? Number.MAX_SAFE_INTEGER };
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  }

  delete(sha256: string): Promise<void> {
    return this.deleteKey(this.keyOf(sha256), `delete ${sha256}`);
  }

  async deleteKey(Key: string, doing: string): Promise<void> {
    await this.request(doing, ({ client, sdk }, place) => client.send(new sdk.DeleteObjectCommand({ ...place, Key })));
  }

  /** One small request, to learn early whether address, bucket and credentials are right. */
  async checkReachable(): Promise<void> {
    const Prefix = `${this.location.prefix}sha256/`;
    await this.request("list the files", ({ client, sdk }, place) =>
      client.send(new sdk.ListObjectsV2Command({ ...place, Prefix, MaxKeys: 1 })),
    );
  }

  async unfinishedUploads(): Promise<readonly UnfinishedUpload[]> {
    return [...(await this.#unfinishedBelow("sha256/")), ...(await this.#unfinishedBelow("trash/"))];
  }

  async #unfinishedBelow(folder: string): Promise<readonly UnfinishedUpload[]> {
    const Prefix = `${this.location.prefix}${folder}`;
    const found: UnfinishedUpload[] = [];
    let next: { KeyMarker: string; UploadIdMarker?: string } | undefined;
    do {
      const page = await this.request("list the unfinished uploads", ({ client, sdk }, place) =>
        client.send(new sdk.ListMultipartUploadsCommand({ ...place, Prefix, ...next })),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Key !== undefined && UploadId !== undefined)
          found.push({ key: Key, uploadId: UploadId, startedAt: Initiated?.getTime() ?? 0 });
      }
      next = nextUploads(page);
    } while (next !== undefined);
    return found;
  }

  /** False when there is no such upload (any more). */
  async abortUpload({ key, uploadId }: Omit<UnfinishedUpload, "startedAt">, signal?: AbortSignal): Promise<boolean> {
    return await this.request("abort an upload", async ({ client, sdk }, place) => {
      try {
        await client.send(
          new sdk.AbortMultipartUploadCommand({ ...place, Key: key, UploadId: uploadId }),
          signal === undefined ? {} : { abortSignal: signal },
        );
        return true;
      } catch (error) {
        if (!isNoSuchKey(error) && !(error instanceof Error && error.name === "NoSuchUpload")) throw error;
        return false;
      }
    });
  }

  async #get(
    { client, sdk }: S3Connection,
    place: { readonly Bucket: string },
    sha256: string,
    { start, end }: { readonly start: number; readonly end?: number },
  ): Promise<Sdk.GetObjectCommandOutput | undefined> {
    // The end is inclusive on the wire; a range of no bytes cannot be said, so that only the existence is asked for.
    const range =
      start === 0 && end === undefined ? {} : { Range: `bytes=${start}-${end === undefined ? "" : end - 1}` };
    const target = { ...place, Key: this.keyOf(sha256) };
    try {
      if (end !== undefined && end <= start) {
        await client.send(new sdk.HeadObjectCommand(target));
        return undefined;
      }
      return await client.send(new sdk.GetObjectCommand({ ...target, ...range }));
    } catch (error) {
      if (isBeyondEnd(error)) return undefined;
      throw isNoSuchKey(error) ? blobMissing(sha256) : error;
    }
  }
}

function nextUploads(
  page: Sdk.ListMultipartUploadsCommandOutput,
): { KeyMarker: string; UploadIdMarker?: string } | undefined {
  if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return undefined;
  const id = page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker };
  return { KeyMarker: page.NextKeyMarker, ...id };
}
