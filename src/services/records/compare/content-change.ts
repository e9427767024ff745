/** The contents of a file before and after, with the name that says what it is. */
export interface ContentPair {
  readonly name: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Larger files are compared by their hash alone. */
export const LARGEST_COMPARED_BYTES = 16 * 1024 * 1024;

/**
 * Says in a few words how a file differs from its earlier self: `120 rows → 150, columns +carrier` of a table, `auc
 * 0.71 → 0.73` of JSON, `640×480, 3.1 % of the pixels differ` of a PNG image, `+12 −3 lines` of a text. Undefined where
 * nothing but the bytes can be compared.
 */
export async function describeChange(pair: ContentPair): Promise<string | undefined> {
  if (isPng(pair.before) && isPng(pair.after)) return await describeImage(pair);
  const [before, after] = [textOf(pair.before), textOf(pair.after)];
  if (before === undefined || after === undefined) return undefined;
  return (
    (/\.json$/i.test(pair.name) ? describeJson(before, after) : undefined) ?? describeText(pair.name, before, after)
  );
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47];
/** A picture of some hundred megapixels would take gigabytes when it is unpacked. */
const MOST_PIXELS = 40_000_000;

function isPng(bytes: Uint8Array): boolean {
  return bytes.length > 24 && PNG_SIGNATURE.every((byte, index) => bytes[index] === byte);
}

async function describeImage({ before, after }: ContentPair): Promise<string> {
  const [a, b] = [sizeOfPng(before), sizeOfPng(after)];
  if (a.width !== b.width || a.height !== b.height) return `${a.width}×${a.height} → ${b.width}×${b.height} pixels`;
  const size = `${a.width}×${a.height}`;
  if (a.width * a.height > MOST_PIXELS) return `${size} pixels, too many to compare`;
  const { differingShare } = await import("./differing-share.ts");
  const share = differingShare(before, after);
  return share === undefined ? `${size} pixels, cannot be read` : `${size}, ${percent(share)} of the pixels differ`;
}

function sizeOfPng(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function percent(share: number): string {
  if (share === 0) return "none";
  const text = (share * 100).toFixed(1);
  return text === "0.0" ? "under 0.1 %" : `${text} %`;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Names at most so many changes; the rest is counted. */
const NAMED = 4;

function describeJson(before: string, after: string): string | undefined {
  const [a, b] = [leavesOf(before), leavesOf(after)];
  if (a === undefined || b === undefined) return undefined;
  const changes: string[] = [];
  for (const [path, value] of a) {
    if (!b.has(path)) changes.push(`−${path}`);
    else if (b.get(path) !== value) changes.push(`${path} ${value} → ${b.get(path)}`);
  }
  for (const path of b.keys()) if (!a.has(path)) changes.push(`+${path}`);
  if (changes.length === 0) return "the same values, written differently";
  return listed(changes);
}

function listed(changes: readonly string[]): string {
  const more = changes.length - NAMED;
  return `${changes.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Every single value by its path, `a.b.0.c`; undefined where the text is no JSON. */
function leavesOf(text: string): ReadonlyMap<string, string> | undefined {
  const leaves = new Map<string, string>();
  const open: { readonly path: string; readonly value: unknown }[] = [];
  try {
    open.push({ path: "", value: JSON.parse(text) });
  } catch {
    return undefined;
  }
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const { path, value } = item;
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : undefined;
    if (entries === undefined || entries.length === 0) leaves.set(path === "" ? "value" : path, JSON.stringify(value));
    else
      for (const [key, inner] of entries.toReversed())
        open.push({ path: path === "" ? key : `${path}.${key}`, value: inner });
  }
  return leaves;
}

function describeText(name: string, before: string, after: string): string {
  const [a, b] = [linesOf(before), linesOf(after)];
  const lines = lineChange(a, b);
  const separator = /\.csv$/i.test(name) ? "," : /\.tsv$/i.test(name) ? "\t" : undefined;
  if (separator === undefined) return lines;
  const columns = columnChange(a[0] ?? "", b[0] ?? "", separator);
  const rows =
    a.length === b.length
      ? `${Math.max(0, a.length - 1)} rows`
      : `${Math.max(0, a.length - 1)} rows → ${Math.max(0, b.length - 1)}`;
  return [rows, ...(columns === undefined ? [] : [`columns ${columns}`]), lines].join(", ");
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/**
 * Lines that only one side has, each as often as it has it more; the order does not count, which is exact enough and
 * fast.
 */
function lineChange(before: readonly string[], after: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const line of before) counts.set(line, (counts.get(line) ?? 0) - 1);
  for (const line of after) counts.set(line, (counts.get(line) ?? 0) + 1);
  let [added, removed] = [0, 0];
  for (const count of counts.values()) {
    if (count > 0) added += count;
    else removed -= count;
  }
  return added + removed === 0 ? "the same lines in another order" : `+${added} −${removed} lines`;
}

function columnChange(before: string, after: string, separator: string): string | undefined {
  const [a, b] = [before.split(separator), after.split(separator)];
  const changes = [
    ...b.filter((name) => !a.includes(name)).map((name) => `+${name}`),
    ...a.filter((name) => !b.includes(name)).map((name) => `−${name}`),
  ];
  return changes.length === 0 ? undefined : listed(changes);
}
