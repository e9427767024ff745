export type * from "./blob-store.ts";
export { type DigestCache, openDigestCache } from "./digest-cache.ts";
export { type LocalBlobStore, type LocalBlobStoreOptions, openBlobStore } from "./local-blob-store.ts";
export { isSha256, sha256Of } from "./sha256.ts";
