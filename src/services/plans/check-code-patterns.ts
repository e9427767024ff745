import type { BlobStore } from "../../blobs/index.ts";
import { indexManifest } from "../../code-tracing/index.ts";
import { compileCodePattern, LARGEST_KEYED_FILE_BYTES, splitCodePattern, valueAtKey } from "../../config/index.ts";
import { seenPaths } from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Plan } from "../../planning/index.ts";
import { decodeManifest, isLink, type ManifestEntry } from "../../snapshots/index.ts";
import type { SnapshotRecord } from "../../store/index.ts";

/**
 * Holds the patterns of `reuse: {code: […]}` against the version of the code that is to run. A step of which no pattern
 * matches would be reused whatever changes: HR_PLAN_INVALID. Returns a warning for each other pattern without a file.
 */
export async function checkCodePatterns(
  plan: Plan,
  { manifestSha256 }: SnapshotRecord,
  blobs: Pick<BlobStore, "readBytes">,
) {
  const steps = new Map<string, readonly string[]>();
  for (const { step, given } of plan.nodes) {
    const code = step.reuse?.enabled === false || given !== undefined ? undefined : step.reuse?.code;
    if (code !== undefined && typeof code !== "string") steps.set(step.name, code);
  }
  if (steps.size === 0) return [];
  const entries = decodeManifest(await blobs.readBytes(manifestSha256));
  const paths = seenPaths(indexManifest(entries))?.map(({ path }) => path);
  // Too many to be told: all of the code counts then.
  if (paths === undefined) return [];
  const warnings: string[] = [];
  for (const [step, patterns] of steps) {
    const without = patterns.filter((pattern) => !paths.some(compileCodePattern(pattern)));
    if (without.length === patterns.length) throw noFile(step, patterns);
    for (const pattern of without)
      warnings.push(`step ${step}: \`reuse\` names \`${pattern}\`, and no file of the code matches it`);
    for (const pattern of patterns) {
      if (await lacksKey(pattern, entries, blobs))
        warnings.push(`step ${step}: \`reuse\` names \`${pattern}\`, and no file of the code has such a key`);
    }
  }
  return warnings;
}

/**
 * Returns true if none of the files that a pattern with a key matches has the key: it counts when it comes, but may be
 * misspelt.
 */
async function lacksKey(
  pattern: string,
  entries: readonly ManifestEntry[],
  blobs: Pick<BlobStore, "readBytes">,
): Promise<boolean> {
  const { key } = splitCodePattern(pattern);
  const matches = compileCodePattern(pattern);
  const files = key === undefined ? [] : entries.filter((entry) => !isLink(entry) && matches(entry.path));
  for (const file of files) {
    if (isLink(file) || file.size > LARGEST_KEYED_FILE_BYTES) return false;
    if (valueAtKey(Buffer.from(await blobs.readBytes(file.sha256)).toString("utf8"), key ?? "")?.kind !== "absent")
      return false;
  }
  return files.length > 0;
}

function noFile(step: string, patterns: readonly string[]): HeadraceError {
  const what =
    patterns.length === 0
      ? "`reuse: {code: []}` names no file"
      : `no file of the code matches what \`reuse\` names: ${patterns.join(", ")}`;
  return new HeadraceError("HR_PLAN_INVALID", `step ${step}: ${what}`, {
    hint: "the step would be reused whatever changes; name its files, or write `reuse: {code: all}`; what .gitignore leaves out is no part of the code",
  });
}
