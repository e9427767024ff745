/**
 * Measures how long a person waits for the web application, in a real Chromium over a project of which everything is
 * large: `node bench/web.ts [--folder DIR] [--executions N] [--lines N] [--points N] [--nodes N] [--only WORD]`. A
 * folder that is named is kept, with its project, for the next time: to make it takes some minutes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { headrace, LARGE, makeLoadProject } from "./web/load-project.ts";
import { measurePages } from "./web/measure-pages.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string" },
    nodes: { type: "string", default: "1000" },
    executions: { type: "string", default: "1000000" },
    lines: { type: "string", default: "1000000" },
    points: { type: "string", default: "1000000" },
    only: { type: "string", default: "" },
  },
});
const folder =
  values.folder === undefined ? mkdtempSync(join(tmpdir(), "headrace-bench-web-")) : resolve(values.folder);

makeLoadProject(folder, {
  nodes: Number(values.nodes),
  executions: Number(values.executions),
  lines: Number(values.lines),
  points: Number(values.points),
});
const server = spawn(
  process.execPath,
  [resolve(import.meta.dirname, "../bin/headrace.mjs"), "serve", "--port", "0", "--json"],
  {
    ...{ cwd: folder, stdio: ["ignore", "pipe", "inherit"] },
  },
);
const browser = await chromium.launch({
  ...{ executablePath: process.env.HEADRACE_TEST_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
});
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(await loginUrl(server));
  await page.waitForURL(/\/p\/-\/[^/]+\/?$/);
  const home = page.url().replace(/\/$/, "");
  await measurePages({ page, home, only: values.only, numbers: numbersOf() });
} finally {
  await browser.close();
  server.kill("SIGTERM");
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}

async function loginUrl({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("the server has no output");
  for await (const line of createInterface({ input: stdout })) {
    const { loginUrl: url } = JSON.parse(line) as { readonly loginUrl?: string };
    if (url !== undefined) return url;
  }
  throw new Error("the server has ended");
}

/** Returns the numbers of the large runs, and of the executions in them. */
function numbersOf(): Readonly<Record<keyof typeof LARGE, { readonly run: number; readonly execution: number }>> {
  const of = (name: string): { readonly run: number; readonly execution: number } => {
    const [run] = JSON.parse(headrace(folder, ["ls", "--name", name, "--json"])) as readonly {
      readonly number: number;
    }[];
    const number = run?.number ?? 0;
    return { run: number, execution: number + 1 };
  };
  return { graph: of(LARGE.graph), log: of(LARGE.log), metric: of(LARGE.metric) };
}
