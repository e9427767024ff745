import type { Reply } from "../../api/call.ts";
import { addressOf, call, send } from "../../api/call.ts";

/** A hash is made of the whole content at once: larger files are for `headrace data upload`. */
export const LARGEST_UPLOAD_BYTES = 512 * 1024 * 1024;
/** As many files go with one request. */
export const MOST_UPLOADED = 200;

type Stored = Reply<"POST", "/api/v0/projects/:project/files/">;

/** Stores files in a project; of what it has already, nothing is sent. */
export async function uploadFiles(project: string, files: readonly File[], tags: readonly string[]): Promise<Stored> {
  const hashed: { readonly file: File; readonly sha256: string }[] = [];
  for (const file of files) hashed.push({ file, sha256: await sha256Of(file) });
  const contents = hashed.map(({ file, sha256 }) => ({ sha256, sizeBytes: file.size }));
  const { lacking } = await call("POST", "/api/v0/projects/:project/files/lacking/", {
    params: { project },
    body: { contents },
  });
  const sends = [...new Set(lacking.map(({ sha256 }) => sha256))];
  const head = {
    files: hashed.map(({ file, sha256 }) => ({
      name: file.name,
      sha256,
      sizeBytes: file.size,
      ...(tags.length > 0 && { properties: { "valohai.tags": [...tags] } }),
    })),
    sends,
  };
  const parts = sends.flatMap((sha256) => hashed.find((each) => each.sha256 === sha256)?.file ?? []);
  const response = await send(addressOf("/api/v0/projects/:project/files/", { params: { project } }), {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/octet-stream" },
    body: new Blob([`${JSON.stringify(head)}\n`, ...parts]),
  });
  return (await response.json()) as Stored;
}

async function sha256Of(file: File): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
