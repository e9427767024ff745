import { sha256Of } from "../../blobs/index.ts";
import { type TraceDifference, traceHolds } from "../../code-tracing/index.ts";
import type { ReuseSpec } from "../../config/index.ts";
import type { CodeShare } from "../../planning/index.ts";
import { isLink, type ManifestEntry } from "../../snapshots/index.ts";
import { chooseFiles } from "./chosen-files.ts";
import type { CodeVersion, CodeVersions } from "./code-versions.ts";

export type CodePolicy = ReuseSpec["code"];

/** What an earlier execution depended on. */
export interface PastCode {
  readonly commit: string;
  readonly code: CodeShare;
}

/** Whether another version of the code is the same for an execution; else what differs, as far as it can be told. */
export type CodeVerdict =
  | { readonly holds: true; readonly by: "same-version" | "trace" | "read" | "globs" }
  | { readonly holds: false; readonly by: CodeBasis; readonly differences: readonly TraceDifference[] };

/** What counted: what the step saw, the files of its patterns, or everything. `gone`: the earlier version is no longer stored. `unknown`: it used more than a version. */
export type CodeBasis = "trace" | "read" | "globs" | "everything" | "gone" | "unknown";

/**
 * Holds an earlier execution against today's code, by the step's policy of today. An equal version needs no look at what was read;
 * an execution that nobody could see through depends on everything.
 */
export async function compareCode(versions: CodeVersions, past: PastCode, commit: string, policy: CodePolicy): Promise<CodeVerdict> {
  if (isUnknown(past.code, policy)) return { holds: false, by: "unknown", differences: [] };
  if (await isSameVersion(versions, past.commit, commit)) return { holds: true, by: "same-version" };
  if (typeof policy !== "string") return await compareGlobs(versions, past, commit, policy);
  const code = seenCode(past.code, policy);
  if (code === undefined) return await compareAll(versions, past.commit, commit);
  const [trace, today] = await Promise.all([versions.trace(code.sha256), versions.version(commit)]);
  if (trace === undefined || today === undefined) return await compareAll(versions, past.commit, commit);
  const verdict = traceHolds(trace, today.index);
  return verdict.holds ? { holds: true, by: code.kind } : { holds: false, by: code.kind, differences: verdict.differences };
}

/** Whether nothing is equal to an earlier execution. A step that names the files that count says that nothing else does. */
export function isUnknown(code: CodeShare, policy: CodePolicy): boolean {
  return code.kind === "unknown" && typeof policy === "string";
}

type SeenCode = Extract<CodeShare, { readonly kind: "trace" | "read" }>;

/** What was seen of the step, where the policy goes by that. */
function seenCode(code: CodeShare, policy: "auto" | "all" | "read"): SeenCode | undefined {
  if (code.kind === "trace") return policy === "all" ? undefined : code;
  return code.kind === "read" && policy === "read" ? code : undefined;
}

async function isSameVersion(versions: CodeVersions, before: string, now: string): Promise<boolean> {
  if (before === now) return true;
  const [old, today] = await Promise.all([versions.manifestSha256(before), versions.manifestSha256(now)]);
  return old !== undefined && old === today;
}

async function compareAll(versions: CodeVersions, before: string, now: string): Promise<CodeVerdict> {
  const [old, today] = await Promise.all([versions.version(before), versions.version(now)]);
  if (old === undefined || today === undefined) return { holds: false, by: "gone", differences: [] };
  return { holds: false, by: "everything", differences: entryDifferences(old.entries, today.entries) };
}

async function compareGlobs(
  versions: CodeVersions,
  { commit: before, code }: PastCode,
  now: string,
  globs: readonly string[],
): Promise<CodeVerdict> {
  const today = await versions.version(now);
  if (today === undefined) return { holds: false, by: "gone", differences: [] };
  const chosen = chooseFiles(today, globs);
  // The digest is of the patterns, too, so that it can be held against another only where these are the same.
  if (code.kind === "globs" && code.sha256 === filesDigest(chosen, globs)) return { holds: true, by: "globs" };
  const old = await versions.version(before);
  if (old === undefined) return { holds: false, by: "gone", differences: [] };
  const differences = entryDifferences(chooseFiles(old, globs), chosen);
  return differences.length === 0 ? { holds: true, by: "globs" } : { holds: false, by: "globs", differences };
}

/** The share of an execution whose step names its code by patterns. */
export function globShare(version: CodeVersion, globs: readonly string[]): CodeShare {
  return { kind: "globs", globs, sha256: filesDigest(chooseFiles(version, globs), globs) };
}

function filesDigest(entries: readonly ManifestEntry[], globs: readonly string[]): string {
  const files = entries.map((entry) => [entry.path, contentOf(entry)]);
  return sha256Of(JSON.stringify({ globs, files }));
}

function contentOf(entry: ManifestEntry): string {
  return isLink(entry) ? `link ${entry.link}` : `${entry.executable ? "program" : "file"} ${entry.sha256}`;
}

function entryDifferences(before: readonly ManifestEntry[], after: readonly ManifestEntry[]): readonly TraceDifference[] {
  const old = new Map(before.map((entry) => [entry.path, contentOf(entry)]));
  const now = new Map(after.map((entry) => [entry.path, contentOf(entry)]));
  const differences: TraceDifference[] = [];
  for (const path of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    if (old.get(path) === now.get(path)) continue;
    differences.push({ path, what: !old.has(path) ? "appeared" : now.has(path) ? "changed" : "removed" });
  }
  return differences;
}
