const NEWLINE = 0x0a;
const BLOCK_BYTES = 64 * 1024;

/**
 * Returns the start of the line that the byte at `position` belongs to: the byte after the newline before it, or 0.
 * Reads backwards, block by block. Undefined when the line starts more than `reachBytes` earlier.
 */
export async function startOfLine(
  read: (offset: number, length: number) => Promise<Buffer>,
  position: number,
  reachBytes = Number.POSITIVE_INFINITY,
): Promise<number | undefined> {
  const lowest = Math.max(0, position - reachBytes);
  for (let end = position; end > lowest; ) {
    const start = Math.max(lowest, end - BLOCK_BYTES);
    const newline = (await read(start, end - start)).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return lowest === 0 ? 0 : undefined;
}
