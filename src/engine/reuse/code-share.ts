import { sha256Of } from "../../blobs/index.ts";
import { type TraceDifference, traceHolds } from "../../code-tracing/index.ts";
import type { ReuseSpec } from "../../config/index.ts";
import type { CodeShare } from "../../planning/index.ts";
import type { ManifestEntry } from "../../snapshots/index.ts";
import { type ChosenContents, chosenContents, contentOf } from "./chosen-contents.ts";
import type { CodeVersion, CodeVersions } from "./code-versions.ts";

export type CodePolicy = ReuseSpec["code"];

/** The code that an earlier execution depended on. */
export interface PastCode {
  readonly commit: string;
  readonly code: CodeShare;
}

/**
 * Says if another version of the code is the same for an execution; else the differences, as far as they can be told.
 */
export type CodeVerdict =
  | { readonly holds: true; readonly by: "same-version" | "trace" | "read" | "globs" }
  | { readonly holds: false; readonly by: CodeBasis; readonly differences: readonly TraceDifference[] };

/**
 * The basis of the verdict: the code that the step saw, the files of its patterns, or everything. `gone`: the earlier
 * version is no longer stored. `unknown`: it used more than a version.
 */
export type CodeBasis = "trace" | "read" | "globs" | "everything" | "gone" | "unknown";

/**
 * Holds an earlier execution against today's code, by the step's policy of today. An equal version needs no look at
 * what was read; an execution that nobody could see through depends on everything.
 */
export async function compareCode(
  versions: CodeVersions,
  past: PastCode,
  commit: string,
  policy: CodePolicy,
): Promise<CodeVerdict> {
  if (isUnknown(past.code, policy)) return { holds: false, by: "unknown", differences: [] };
  if (await isSameVersion(versions, past.commit, commit)) return { holds: true, by: "same-version" };
  if (typeof policy !== "string") return await compareGlobs(versions, past, commit, policy);
  const code = seenCode(past.code, policy);
  if (code === undefined) return await compareAll(versions, past.commit, commit);
  const [trace, today] = await Promise.all([versions.trace(code.sha256), versions.version(commit)]);
  if (trace === undefined || today === undefined) return await compareAll(versions, past.commit, commit);
  const verdict = traceHolds(trace, today.index);
  return verdict.holds
    ? { holds: true, by: code.kind }
    : { holds: false, by: code.kind, differences: verdict.differences };
}

/**
 * True if nothing is equal to an earlier execution. A step that names the files that count says that nothing else does.
 */
export function isUnknown(code: CodeShare, policy: CodePolicy): boolean {
  return code.kind === "unknown" && typeof policy === "string";
}

type SeenCode = Extract<CodeShare, { readonly kind: "trace" | "read" }>;

/** Returns the code that was seen of the step, if the policy goes by that. */
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
  const chosen = await chosenContents(versions, today, globs);
  // The digest is of the patterns, too, so that it can be held against another only where these are the same.
  if (code.kind === "globs" && code.sha256 === contentsDigest(chosen, globs)) return { holds: true, by: "globs" };
  const old = await versions.version(before);
  if (old === undefined) return { holds: false, by: "gone", differences: [] };
  const differences = contentDifferences(await chosenContents(versions, old, globs), chosen);
  return differences.length === 0 ? { holds: true, by: "globs" } : { holds: false, by: "globs", differences };
}

/** The share of an execution whose step names its code by patterns. */
export async function globShare(
  versions: CodeVersions,
  version: CodeVersion,
  globs: readonly string[],
): Promise<CodeShare> {
  return { kind: "globs", globs, sha256: contentsDigest(await chosenContents(versions, version, globs), globs) };
}

function contentsDigest(contents: ChosenContents, globs: readonly string[]): string {
  const files = [...contents].map(([path, { text }]) => [path, text]);
  return sha256Of(JSON.stringify({ globs, files }));
}

function entryDifferences(
  before: readonly ManifestEntry[],
  after: readonly ManifestEntry[],
): readonly TraceDifference[] {
  const contents = (entries: readonly ManifestEntry[]) =>
    new Map(entries.map((entry) => [entry.path, { text: contentOf(entry) }]));
  return contentDifferences(contents(before), contents(after));
}

function contentDifferences(before: ChosenContents, after: ChosenContents): readonly TraceDifference[] {
  const differences: TraceDifference[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [old, now] = [before.get(path), after.get(path)];
    if (old?.text === now?.text) continue;
    const values =
      (old ?? now)?.value === undefined ? {} : { values: { before: old?.value ?? null, after: now?.value ?? null } };
    differences.push({
      path,
      what: old === undefined ? "appeared" : now === undefined ? "removed" : "changed",
      ...values,
    });
  }
  return differences;
}
