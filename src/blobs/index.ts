export type * from "./blob-store.ts";
export { unreadableCode } from "./blob-store.ts";
export type * from "./blob-trash.ts";
export { type DigestCache, openDigestCache } from "./digest-cache.ts";
export { ReadFailure } from "./hash-file.ts";
export { type LocalBlobStore, type LocalBlobStoreOptions, openBlobStore } from "./local-blob-store.ts";
export { openS3BlobStore, type S3BlobStore, type S3BlobStoreOptions } from "./s3/s3-blob-store.ts";
export type { S3Timeouts } from "./s3/s3-client.ts";
export { isSha256, sha256Of } from "./sha256.ts";
