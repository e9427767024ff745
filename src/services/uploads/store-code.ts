import type { CodeUpload, MissingCodeView, StoredCodeView } from "../../api/index.ts";
import { sha256Of } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import { decodeManifest, encodeManifest, type ManifestEntry, recordSnapshot } from "../../snapshots/index.ts";
import type { Context } from "../context.ts";
import { openRecorder } from "../installation/assemble-engine.ts";
import { contentsOf, knownContents } from "./known-code.ts";
import { storeSent } from "./store-sent.ts";
import { LARGEST_CODE_BYTES } from "./upload-folder.ts";

/** Returns the contents of a version of the code that the project lacks; its name, if it has all of it. */
export async function missingCode(context: Context, manifest: Uint8Array): Promise<MissingCodeView> {
  const { entries, identifier } = readVersion(manifest);
  const known = await knownContents(context);
  const missing = [...contentsOf(entries).keys()].filter((sha256) => !known.has(sha256));
  const { project } = context;
  const record =
    missing.length === 0 && project.hasState() ? await (await project.reader()).snapshots.get(identifier) : undefined;
  return { commit: record?.identifier ?? null, missing };
}

/**
 * Stores a version of the code whose missing contents are sent along. Throws HR_BLOB_DAMAGED for bytes that are not
 * those of their hash, HR_CONFLICT where contents are missing still.
 */
export async function storeCode(context: Context, upload: CodeUpload): Promise<StoredCodeView> {
  const { entries } = readVersion(upload.manifest);
  const sizes = contentsOf(entries);
  const total = upload.sends.reduce((sum, sha256) => sum + (sizes.get(sha256) ?? 0), 0);
  if (total > LARGEST_CODE_BYTES)
    throw new HeadraceError("HR_TOO_LARGE", `the code has ${total} bytes, and may have ${LARGEST_CODE_BYTES}`, {
      hint: "leave out what is no code: make large files inputs",
    });
  const stray = upload.sends.find((sha256) => !sizes.has(sha256));
  if (stray !== undefined) throw refused(`the content ${stray} is sent, and no file of the list has it`);
  const store = await context.project.writer();
  using recorder = await openRecorder({ ...context, store });
  const { blobs, now } = recorder.places;
  await storeSent(context.project, blobs, upload, sizes);
  await requireAll(context, sizes, new Set(upload.sends));
  const git = upload.git === undefined ? {} : { git: upload.git };
  return { commit: (await recordSnapshot(entries, { blobs, store, now, ...git })).identifier };
}

/** The list of files, whose spelling alone names the version. */
function readVersion(manifest: Uint8Array): {
  readonly entries: readonly ManifestEntry[];
  readonly identifier: string;
} {
  const entries = decodeManifest(manifest);
  const spelled = encodeManifest(entries);
  if (!spelled.equals(manifest)) throw refused("the list of files is not spelled as snapshots spell it");
  return { entries, identifier: `~${sha256Of(spelled)}` };
}

async function requireAll(
  context: Context,
  sizes: ReadonlyMap<string, number>,
  sent: ReadonlySet<string>,
): Promise<void> {
  const others = [...sizes].filter(([sha256]) => !sent.has(sha256));
  const known = others.length === 0 ? new Map<string, number>() : await knownContents(context);
  const missing = others.filter(([sha256, size]) => known.get(sha256) !== size);
  if (missing.length === 0) return;
  throw new HeadraceError("HR_CONFLICT", `${missing.length} contents of the code are missing`, {
    hint: "ask anew which are missing, and send them along",
  });
}

function refused(what: string): HeadraceError {
  return new HeadraceError("HR_USAGE", what, { hint: "send what the description of the API says" });
}
