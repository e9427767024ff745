import { readlinkSync, realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import type { FoundOutput } from "./output-walk.ts";
import { notKept, type OutputWarning } from "./output-warning.ts";

const COPY = "copy the file in place of linking to it";

/**
 * The file that each symbolic link stands for, by the link's name. Only a relative link that ends at a regular file
 * within outputs stands for anything: the step may have linked to whatever it likes, and where the link is read it
 * would mean another machine's file.
 */
export function resolveLinks(
  outputs: string,
  links: readonly FoundOutput[],
  files: ReadonlyMap<string, FoundOutput>,
): { readonly targets: ReadonlyMap<string, FoundOutput>; readonly warnings: readonly OutputWarning[] } {
  const targets = new Map<string, FoundOutput>();
  const warnings: OutputWarning[] = [];
  const root = links.length === 0 ? outputs : realpathSync.native(outputs);
  for (const link of links) {
    const target = resolveLink(root, link, files);
    if ("message" in target) warnings.push(target);
    else targets.set(link.name, target);
  }
  return { targets, warnings };
}

function resolveLink(
  root: string,
  link: FoundOutput,
  files: ReadonlyMap<string, FoundOutput>,
): FoundOutput | OutputWarning {
  const text = readlinkSync(link.path);
  const shown = JSON.stringify(text);
  if (isAbsolute(text)) {
    return notKept(
      link.name,
      `it is a link to the absolute path ${shown}`,
      "link with a relative path within outputs, or copy the file",
    );
  }
  const real = realPathOf(link.path);
  if (real === undefined) return notKept(link.name, `it is a link to ${shown}, which leads nowhere`, COPY);
  const name = relative(root, real).split(sep).join("/");
  if (name === ".." || name.startsWith("../"))
    return notKept(link.name, `it is a link to ${shown}, outside of outputs`, COPY);
  const target = files.get(name);
  return target ?? notKept(link.name, `it is a link to ${shown}, which is no file that is kept`, COPY);
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
