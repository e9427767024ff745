import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
const PAGES = [...globSync(["*.md", "docs/**/*.md"], { cwd: repository })].sort();

interface Link {
  readonly page: string;
  readonly target: string;
}

/** Links to files and places within them; code is no link. */
function linksOf(page: string): readonly Link[] {
  const text = readFileSync(join(repository, page), "utf8")
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => ({ page, target: target ?? "" }))
    .filter(({ target }) => !/^https?:/.test(target));
}

/** As GitHub makes them of headings. */
function anchorsOf(path: string): ReadonlySet<string> {
  const text = readFileSync(join(repository, path), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
  return new Set(
    [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
      (heading ?? "")
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function pathOf({ page, target }: Link): string {
  const [path = ""] = target.split("#");
  return path === "" ? page : normalize(join(dirname(page), path));
}

const links = PAGES.flatMap(linksOf);

describe("links", () => {
  test("lead to files and headings that are there", () => {
    expect(links.length).toBeGreaterThan(100);
    const broken = links.filter((link) => {
      const path = pathOf(link);
      const anchor = link.target.split("#")[1];
      return !existsSync(join(repository, path)) || (anchor !== undefined && !anchorsOf(path).has(anchor));
    });
    expect(broken).toEqual([]);
  });

  test("of pages in the package lead to what the package has", () => {
    const npm = join(dirname(process.execPath), "npm");
    const said = execFileSync(existsSync(npm) ? npm : "npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: repository,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const packed = new Set((said.match(/"path": "[^"]+"/g) ?? []).map((entry) => entry.slice(9, -1)));
    expect(packed).toContain("docs/images/run.svg");
    const ours = links.filter(({ page }) => packed.has(page));
    expect(new Set(ours.map(({ page }) => page))).toContain("docs/tutorial.md");
    expect(ours.filter((link) => !packed.has(pathOf(link)) && pathOf(link) !== "docs")).toEqual([]);
  });
});

test("docs/README.md leads to every page once", () => {
  const topics = globSync("docs/*.md", { cwd: repository }).filter((path) => path !== "docs/README.md");
  const named = linksOf("docs/README.md")
    .map(pathOf)
    .filter((path) => /^docs\/[^/]+\.md$/.test(path));
  expect([...named].sort()).toEqual([...topics].sort());
});

/** The variables of Headrace's own working, and of its tests; nobody sets them. */
const INTERNAL = /^HEADRACE_(?:TEST_|BUILD_VERSION$|EXECUTION_ID$|TRACE_PROJECT$|PAD$)/;

test("docs/variables.md lists the variables that the program knows", () => {
  const sources = globSync(["src/**/*.ts", "bin/*.mjs", "python/**/*.py"], { cwd: repository })
    .filter((path) => !/\.test\.ts$|testing|conformance/.test(path))
    .flatMap((path) => readFileSync(join(repository, path), "utf8").match(/\bHEADRACE_[A-Z_]+\b/g) ?? []);
  const listed = [
    ...readFileSync(join(repository, "docs/variables.md"), "utf8").matchAll(/^\| `(HEADRACE_[A-Z_]+)`/gm),
  ].map(([, name]) => name);
  expect(listed.sort()).toEqual([...new Set(sources)].filter((name) => !INTERNAL.test(name)).sort());
});

test("messages and help name pages as `headrace docs` takes them", () => {
  const named = globSync("src/**/*.ts", { cwd: repository })
    .filter((path) => !/\.test\.ts$/.test(path))
    .flatMap((path) =>
      [...readFileSync(join(repository, path), "utf8").matchAll(/headrace docs ([a-z][a-z0-9-]*)/g)].map(
        ([, topic]) => topic ?? "",
      ),
    );
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((topic) => !existsSync(join(repository, "docs", `${topic}.md`)))).toEqual([]);
});

test("no message sends a reader to a file of the repository", () => {
  const strings = globSync("src/**/*.ts", { cwd: repository })
    .filter((path) => !/\.test\.ts$|^src\/cli\/manual\//.test(path))
    .flatMap((path) => readFileSync(join(repository, path), "utf8").split("\n"))
    .filter((line) => /["`(][^/*]*\bdocs\/[a-z-]+\.md/.test(line) && !/^\s*(?:\/?\*|\/\/)/.test(line));
  expect(strings).toEqual([]);
});
