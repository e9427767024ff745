import { randomUUID } from "node:crypto";
import { chmod, open } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { blobPath } from "../blob-path.ts";
import { testBlobStore } from "../conformance.ts";
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
        await overwrite(server.fileOf(join(prefix, "sha256", sha256.slice(0, 2), sha256)));
        await overwrite(blobPath(folder, sha256)).catch(() => {});
      },
    };
  });
});

async function overwrite(path: string): Promise<void> {
  await chmod(path, 0o644);
  const handle = await open(path, "r+");
  await handle.write("!", 1);
  await handle.close();
}
