// Imported by name here, and this file when it is needed: a bundle has only the default export of a CommonJS package
// that is itself imported late.
import { PNG } from "pngjs";

/**
 * Returns the share of the pixels of two PNG images of one size that differ; undefined if one of them cannot be read.
 */
export function differingShare(before: Uint8Array, after: Uint8Array): number | undefined {
  const [a, b] = [pixelsOf(before), pixelsOf(after)];
  if (a === undefined || b === undefined) return undefined;
  let differing = 0;
  for (let at = 0; at < a.length; at += 4) if (a.readUInt32LE(at) !== b.readUInt32LE(at)) differing += 1;
  return differing / (a.length / 4);
}

function pixelsOf(bytes: Uint8Array): Buffer | undefined {
  const image = Buffer.from(bytes);
  try {
    return PNG.sync.read(image).data;
  } catch {
    return undefined;
  }
}
