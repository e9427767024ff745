import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { blobPath } from "../blob-path.ts";
import { testBlobStore } from "../conformance.ts";
import { flipByte } from "../fixtures/flip-byte.ts";
import { S3_SERVER_TIMEOUT_MS, type S3Server, s3ServerProblem, startS3Server } from "./fixtures/s3-server.ts";
import { openS3BlobStore } from "./s3-blob-store.ts";

describe.skipIf(s3ServerProblem() !== undefined)("on a real S3 server", () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await startS3Server();
  }, S3_SERVER_TIMEOUT_MS);
  afterAll(() => server.stop());

  testBlobStore("an S3 bucket", async (folder) => {
    const prefix = `conformance/${randomUUID()}`;
    const store = await openS3BlobStore({ url: `s3://${server.bucket}/${prefix}`, folder, env: server.env });
    return {
      store,
      damage: async (sha256) => {
        await flipByte(server.fileOf(join(prefix, "sha256", sha256.slice(0, 2), sha256)));
        await flipByte(blobPath(folder, sha256)).catch(() => {});
      },
    };
  });
});
