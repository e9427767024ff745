import { createHash } from "node:crypto";
import { basename } from "node:path";

/** A stable id for a project that has no server: the same folder is the same project. */
export function projectIdentity(root: string): { readonly id: string; readonly name: string } {
  const digest = createHash("sha256").update(`project\0${root}`).digest("hex");
  const id = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`, digest.slice(20, 32)].join(
    "-",
  );
  return { id, name: basename(root) || "project" };
}
