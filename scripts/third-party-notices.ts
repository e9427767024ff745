import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The licence texts of the packages whose code went into the bundle, as their licences ask. Throws where a text is
 * missing.
 */
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
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    version: string;
    license?: string;
    author?: string | { name?: string };
  };
  const file = existsSync(folder) ? readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry)) : undefined;
  const { license, author = "" } = manifest;
  const holder = typeof author === "string" ? author : (author.name ?? "");
  if (file === undefined && (license !== "MIT" || holder === ""))
    throw new Error(`${name} ships no licence text, which its bundling needs`);
  const text = file === undefined ? mitLicence(holder) : readFileSync(join(folder, file), "utf8").trim();
  return `${name} ${manifest.version} (${license ?? "see below"})\n\n${text}\n`;
}

/** The text that a package means which names the licence and its author, and ships no copy. */
function mitLicence(holder: string): string {
  return `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}
