/** The longest name that file systems take, in bytes of UTF-8. */
const MAX_BYTES = 255;

/**
 * Returns the reason why a step cannot have an input of this name: its files stand in a folder that is called so.
 * Undefined where it can.
 */
export function inputNameProblem(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name === "." || name === "..") return "means another folder";
  if (name.includes("/")) return "has a slash";
  if (name.includes("\0")) return "has a NUL character";
  if (!name.isWellFormed()) return "is no valid Unicode text";
  return new TextEncoder().encode(name).length > MAX_BYTES ? `has more than ${MAX_BYTES} bytes` : undefined;
}
