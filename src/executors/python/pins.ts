import { logicalLines } from "./requirements-text.ts";

/** Lines with exact versions of all that is installed. */
export interface PinnedPackages {
  /** From an index: mostly, a wheel is there. */
  readonly wheels: readonly string[];
  /** From elsewhere, or known to have to be built. */
  readonly others: readonly string[];
}

/**
 * A package in an exact version, with conditions perhaps. Nothing else: what tells these lines was in reach of code of
 * packages.
 */
const EXACT = /^([A-Za-z0-9][\w.-]*)(\[[\w.,\s-]*\])?==[\w.+!]+(\s*;(?:(?!\s-)[^\r\n\\#])*)?$/;
const HASHES = /(\s+--hash[= ]sha\d+:[0-9a-f]+)+$/;

function isExact(line: string): boolean {
  return EXACT.test(line.replace(HASHES, ""));
}

/** Reads the output of `uv pip compile`. */
export function readPins(text: string): PinnedPackages {
  const lines = logicalLines(text)
    .map((line) => line.text)
    .filter((line) => !line.startsWith("-"));
  return { wheels: lines.filter(isExact), others: lines.filter((line) => !isExact(line)) };
}

interface ReportItem {
  readonly download_info?: {
    readonly url?: unknown;
    readonly vcs_info?: { readonly vcs?: unknown; readonly commit_id?: unknown };
  };
  readonly is_direct?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly version?: unknown };
}

/** Reads the output of `pip install --dry-run --report`; undefined if it is not what pip writes. */
export function readReport(text: string): PinnedPackages | undefined {
  let content: { readonly install?: unknown };
  try {
    content = JSON.parse(text) as { readonly install?: unknown };
  } catch {
    return undefined;
  }
  if (!Array.isArray(content.install)) return undefined;
  const wheels: string[] = [];
  const others: string[] = [];
  for (const item of content.install as readonly ReportItem[]) {
    const line = lineOf(item);
    if (line === undefined) return undefined;
    const isWheel = item.is_direct !== true && isExact(line) && isWheelAddress(String(item.download_info?.url));
    (isWheel ? wheels : others).push(line);
  }
  return { wheels, others };
}

function lineOf({ download_info: from, is_direct: isDirect, metadata }: ReportItem): string | undefined {
  const { name, version } = metadata ?? {};
  if (typeof name !== "string" || typeof version !== "string" || typeof from?.url !== "string") return undefined;
  if (isDirect !== true) return `${name}==${version}`;
  const { vcs, commit_id: commit } = from.vcs_info ?? {};
  return typeof vcs === "string" && typeof commit === "string"
    ? `${name} @ ${vcs}+${from.url}@${commit}`
    : `${name} @ ${from.url}`;
}

/** By its path alone: a query can end in anything. */
function isWheelAddress(address: string): boolean {
  return URL.canParse(address) && new URL(address).pathname.endsWith(".whl");
}

/**
 * The lines of packages of which an installer said that they have no wheel; undefined when it failed of something else.
 */
export function withoutWheel(output: readonly string[], lines: readonly string[]): readonly string[] | undefined {
  const names = new Set<string>();
  for (const line of output) {
    for (const pattern of [
      /Wheels are required for `([\w.-]+)`/g,
      /\b([\w.-]+)==\S+ has no (?:usable )?wheels/g,
      /satisfies the requirement ([\w.-]+)==/g,
    ])
      for (const [, name = ""] of line.matchAll(pattern)) names.add(normal(name));
  }
  const found = lines.filter((line) => names.has(normal(/^[\w.-]+/.exec(line)?.[0] ?? "")));
  return found.length === 0 ? undefined : found;
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}
