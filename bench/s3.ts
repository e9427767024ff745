/**
 * Storing files in S3 against the SDK's plain upload, on a server of this machine: `node bench/s3.ts [--size MB]`. The
 * budgets: at least 0.8 of the plain upload's speed, although each file is hashed, kept in the cache and confirmed;
 * memory that does not grow with the file.
 */
import { randomFillSync } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { openS3BlobStore } from "../src/blobs/index.ts";
import { startS3Server } from "../src/blobs/s3/fixtures/s3-server.ts";

const { values } = parseArgs({
  options: { size: { type: "string", default: "256" }, files: { type: "string", default: "500" } },
});
const sizeMb = Number(values.size);
const files = Number(values.files);
const ROUNDS = 3;
const folder = mkdtempSync(join(tmpdir(), "bench-s3-"));
const server = await startS3Server();

/** As a step leaves it behind a moment after writing: in the page cache, and on the disk. */
function writeOutput(): string {
  const path = join(folder, "output");
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  const descriptor = openSync(path, "w");
  for (let n = 0; n < sizeMb; n += 1) writeSync(descriptor, randomFillSync(chunk));
  fsyncSync(descriptor);
  closeSync(descriptor);
  return path;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function best(times: readonly number[]): number {
  return Math.min(...times);
}

function rate(ms: number): string {
  return `${(sizeMb / (ms / 1000)).toFixed(0)} MB/s`;
}

const client = new S3Client({
  region: "us-east-1",
  endpoint: server.endpoint,
  forcePathStyle: true,
  credentials: {
    accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? "",
    secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? "",
  },
});
const plain = (name: string, path: string): Promise<unknown> =>
  new Upload({
    client,
    partSize: 8 * 1024 * 1024,
    params: { Bucket: server.bucket, Key: `plain/${name}`, Body: createReadStream(path) },
  }).done();

async function large(): Promise<void> {
  const times: Record<"ours" | "plain" | "place", number[]> = { ours: [], plain: [], place: [] };
  await using store = await openS3BlobStore({
    url: `s3://${server.bucket}/ours`,
    folder: join(folder, "cache"),
    env: server.env,
  });
  await store.checkReachable();
  const before = process.memoryUsage.rss();
  let most = before;
  for (let round = 0; round < ROUNDS; round += 1) {
    let sha256 = "";
    const path = writeOutput();
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 20);
    times.ours.push(
      await timed(async () => {
        ({ sha256 } = await store.putFile(path, { move: true }));
      }),
    );
    const elsewhere = join(folder, `cache-${round}`);
    await using other = await openS3BlobStore({
      url: `s3://${server.bucket}/ours`,
      folder: elsewhere,
      env: server.env,
    });
    times.place.push(await timed(() => other.place(sha256, join(folder, "placed"), { mode: "share" })));
    await store.delete(sha256);
    for (const gone of [elsewhere, join(folder, "placed")]) rmSync(gone, { recursive: true });
    clearInterval(watch);
    writeOutput();
    times.plain.push(await timed(() => plain("large", path)));
  }
  console.log(`s3: the SDK's upload of ${sizeMb} MB:           ${rate(best(times.plain))}`);
  console.log(`s3: storing it as an output:             ${rate(best(times.ours))}`);
  console.log(`s3: placing it on another machine:       ${rate(best(times.place))}`);
  console.log(
    `s3: ratio ${(best(times.plain) / best(times.ours)).toFixed(2)} (budget: at least 0.8); memory +${((most - before) / 1e6).toFixed(0)} MB`,
  );
}

async function small(): Promise<void> {
  const paths = Array.from({ length: files }, (_, n) => join(folder, "small", `${n}`));
  const refresh = (): void => {
    mkdirSync(join(folder, "small"), { recursive: true });
    for (const path of paths) writeFileSync(path, randomFillSync(Buffer.allocUnsafe(1_000)));
  };
  await using store = await openS3BlobStore({
    url: `s3://${server.bucket}/small`,
    folder: join(folder, "cache"),
    env: server.env,
  });
  await store.checkReachable();
  refresh();
  const ours = await timed(() => store.putFiles(paths));
  const again = await timed(() => store.putFiles(paths));
  refresh();
  const send = (path: string): Promise<unknown> =>
    client.send(new PutObjectCommand({ Bucket: server.bucket, Key: path.slice(1), Body: readFileSync(path) }));
  const queue = paths.values();
  const theirs = await timed(() =>
    Promise.all(
      Array.from({ length: 32 }, async () => {
        for (const path of queue) await send(path);
      }),
    ),
  );
  const perSecond = (ms: number): string => `${(files / (ms / 1000)).toFixed(0)}/s`;
  console.log(
    `s3: small files: SDK, 32 at a time ${perSecond(theirs)}; stored ${perSecond(ours)}; found to be there ${perSecond(again)}`,
  );
}

try {
  await large();
  await small();
} finally {
  client.destroy();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
