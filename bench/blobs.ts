/**
 * Storing an output against hashing it once: `node bench/blobs.ts [--size MB]`.
 * The budget: at least 0.8 of the speed of one SHA-256 pass, and no second copy on disk.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBlobStore } from "../src/blobs/index.ts";

const { values } = parseArgs({
  options: { size: { type: "string", default: "1024" }, folder: { type: "string", default: tmpdir() } },
});
const sizeMb = Number(values.size);
const folder = mkdtempSync(join(values.folder, "bench-blobs-"));
const ROUNDS = 3;

/** As a step leaves it behind a moment after writing: in the page cache, and on the disk. */
function writeOutput(path: string, seed: number): void {
  const chunk = Buffer.alloc(1024 * 1024, seed);
  const descriptor = openSync(path, "w");
  for (let n = 0; n < sizeMb; n += 1) {
    chunk.writeUInt32LE(n, 0);
    writeSync(descriptor, chunk);
  }
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function hashOnce(path: string): void {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  const hash = createHash("sha256");
  const descriptor = openSync(path, "r");
  for (let length = readSync(descriptor, buffer); length > 0; length = readSync(descriptor, buffer))
    hash.update(buffer.subarray(0, length));
  closeSync(descriptor);
  hash.digest();
}

function rate(ms: number): string {
  return `${(sizeMb / 1024 / (ms / 1000)).toFixed(2)} GB/s`;
}

try {
  await using blobs = await openBlobStore({ folder: join(folder, "blobs") });
  await blobs.putBytes(Buffer.alloc(100_000));
  const best = { hash: Number.POSITIVE_INFINITY, store: Number.POSITIVE_INFINITY };
  let shared = true;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const path = join(folder, "output");
    writeOutput(path, round);
    const { ino } = statSync(path);
    const start = performance.now();
    hashOnce(path);
    const hashed = performance.now();
    const { sha256 } = await blobs.putFile(path, { move: true });
    best.hash = Math.min(best.hash, hashed - start);
    best.store = Math.min(best.store, performance.now() - hashed);
    shared &&= statSync(join(folder, "blobs", "sha256", sha256.slice(0, 2), sha256)).ino === ino;
    await blobs.delete(sha256);
  }
  console.log(`blobs: one SHA-256 pass over ${sizeMb} MB: ${rate(best.hash)}`);
  console.log(`blobs: storing it as an output:        ${rate(best.store)}`);
  console.log(
    `blobs: ratio ${(best.hash / best.store).toFixed(2)} (budget: at least 0.8); second copy on disk: ${shared ? "no" : "yes"}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
