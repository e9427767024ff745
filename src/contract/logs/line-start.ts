import type { FileHandle } from "node:fs/promises";

const NEWLINE = 0x0a;
const BLOCK_BYTES = 64 * 1024;

/**
 * Where the line starts that the byte at `position` belongs to: the byte after the newline before it, or 0. Reads backwards, block
 * by block. Undefined when the line starts more than `reachBytes` earlier.
 */
export async function startOfLine(file: FileHandle, position: number, reachBytes = Number.POSITIVE_INFINITY): Promise<number | undefined> {
  const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, position));
  const lowest = Math.max(0, position - reachBytes);
  for (let end = position; end > lowest; ) {
    const start = Math.max(lowest, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const newline = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return lowest === 0 ? 0 : undefined;
}
