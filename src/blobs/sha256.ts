import { hash } from "node:crypto";

const SHA256 = /^[0-9a-f]{64}$/;

export function isSha256(text: string): boolean {
  return SHA256.test(text);
}

/**
 * Refuses anything that could name a path outside the store. Text that users type is checked before it comes here, so
 * this is a defect of ours.
 */
export function assertSha256(text: string): void {
  if (!isSha256(text)) throw new TypeError(`not a SHA-256 in lower-case hex: ${JSON.stringify(text.slice(0, 100))}`);
}

export function sha256Of(content: string | Uint8Array): string {
  return hash("sha256", content, "hex");
}
