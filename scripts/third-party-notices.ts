import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The licence texts of the packages whose code went into the bundle, as their licences ask. Throws where a text is missing. */
export function thirdPartyNotices(root: string, bundledFiles: readonly string[]): string {
  const packages = new Set<string>();
  for (const file of bundledFiles) {
    const match = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
    if (match?.[1] !== undefined) packages.add(match[1]);
  }
  return [...packages]
    .sort()
    .map((name) => notice(join(root, "node_modules", name), name))
    .join(`\n${"-".repeat(80)}\n\n`);
}

function notice(folder: string, name: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string; license?: string };
  const file = existsSync(folder) ? readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry)) : undefined;
  if (file === undefined) throw new Error(`${name} ships no licence text, which its bundling needs`);
  return `${name} ${manifest.version} (${manifest.license ?? "see below"})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}
