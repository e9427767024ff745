import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decodeEntry, ENTRY_BYTES } from "../../src/contract/logs/log-index.ts";
import type { MetadataRecord } from "../../src/store/index.ts";

/** The index tells of every byte of both streams, once and in order, at times that never go back. */
export function indexFaults(logs: string): readonly string[] {
  const path = join(logs, "index");
  if (!existsSync(path)) return existsSync(join(logs, "stdout")) ? ["its log has no index"] : [];
  const bytes = readFileSync(path);
  const taken = { stdout: 0, stderr: 0 };
  let lastAt = 0;
  for (let position = 0; position < bytes.length; position += ENTRY_BYTES) {
    const entry = position + ENTRY_BYTES <= bytes.length ? decodeEntry(bytes, position) : undefined;
    if (entry === undefined) return [`entry ${position / ENTRY_BYTES} of its log's index is none`];
    if (entry.offset !== taken[entry.stream])
      return [`its log's index goes from ${taken[entry.stream]} to ${entry.offset} of ${entry.stream}`];
    if (entry.at < lastAt) return [`the times in its log's index go back at entry ${position / ENTRY_BYTES}`];
    taken[entry.stream] += entry.length;
    lastAt = entry.at;
  }
  return (["stdout", "stderr"] as const).flatMap((stream) => {
    const size = existsSync(join(logs, stream)) ? statSync(join(logs, stream)).size : 0;
    return size === taken[stream] ? [] : [`its log's index ends at byte ${taken[stream]} of ${size} of ${stream}`];
  });
}

/** The recorded metadata are the JSON lines of the log: none missing, none twice, each at its place. */
export function metadataFaults(stdout: string, points: readonly MetadataRecord[]): readonly string[] {
  const wanted: string[] = [];
  let offset = 0;
  for (const line of stdout.split("\n")) {
    if (line.startsWith("{") && line.endsWith("}")) wanted.push(`${offset} ${JSON.stringify(JSON.parse(line))}`);
    offset += Buffer.byteLength(line) + 1;
  }
  const found = points.map((point) => `${point.offset} ${JSON.stringify(point.values)}`);
  const missing = wanted.filter((text) => !found.includes(text));
  const surplus = found.filter((text, index) => !wanted.includes(text) || found.indexOf(text) !== index);
  return [
    ...missing.map((text) => `the metadata point ${text} is missing`),
    ...surplus.map((text) => `the metadata point ${text} is too much`),
  ];
}
