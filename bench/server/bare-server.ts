/**
 * Measures how fast Node itself moves the same bytes: the limit of uploads and downloads. It runs in a process of its
 * own.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";

const [file = ""] = process.argv.slice(2);
const server = createServer(async (request, reply) => {
  if (request.method === "GET") {
    reply.setHeader("content-length", statSync(file).size);
    await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), reply);
    return;
  }
  // As Headrace does: hashed, and synced to the disk before it is answered.
  const hash = createHash("sha256");
  request.on("data", (piece: Buffer) => hash.update(piece));
  await pipeline(request, createWriteStream(`${file}.up`, { flush: true }));
  reply.end(hash.digest("hex"));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
process.stdin.resume().once("end", () => process.exit());
