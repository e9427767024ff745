import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ManualPage } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { didYouMean } from "../closest-name.ts";
import type { Style } from "../terminal/style.ts";

const FOLDER = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../../docs/" : "../docs/", import.meta.url));
/** The map of all pages; not a topic of its own. */
const INDEX = "README";

export function manualFolder(): string {
  return FOLDER;
}

/** By topic. */
export function manualPages(): readonly ManualPage[] {
  const topics = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.slice(0, -3));
  return topics
    .filter((topic) => topic !== INDEX)
    .sort()
    .map((topic) => {
      const path = join(FOLDER, `${topic}.md`);
      return { topic, title: titleOf(readFileSync(path, "utf8")), path };
    });
}

/** The page that was meant: `s3`, `s3.md`, `docs/s3.md` and `s3.md#credentials` are one. */
export function findPage(written: string): ManualPage {
  const topic = written
    .replace(/#.*$/, "")
    .replace(/^(?:\.?\/)?(?:docs\/)?/, "")
    .replace(/\.md$/, "")
    .toLowerCase();
  const pages = manualPages();
  const found = pages.find((page) => page.topic === topic);
  if (found !== undefined) return found;
  const names = pages.map((page) => page.topic);
  throw new HeadraceError("HR_USAGE", `the manual has no page ${JSON.stringify(written)}`, {
    hint: didYouMean(topic, names) ?? "`headrace docs` lists the pages",
  });
}

/** The page's text with its headings in bold; everything else is read as it is written. */
export function renderPage(text: string, style: Style): string[] {
  let inBlock = false;
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      if (line.startsWith("```")) inBlock = !inBlock;
      return !inBlock && /^#{1,6} /.test(line) ? style.bold(line) : line;
    });
}

export function renderPages(pages: readonly ManualPage[], style: Style): string[] {
  const width = Math.max(...pages.map(({ topic }) => topic.length));
  return [
    ...pages.map(({ topic, title }) => `  ${style.cyan(topic.padEnd(width))}  ${title}`),
    "",
    `headrace docs TOPIC  prints a page; they lie in ${FOLDER}`,
  ];
}

function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll("`", "") ?? "";
}
