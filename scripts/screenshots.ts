/**
 * Pictures of every page of the web application, at three widths and in both themes, to be looked at:
 * `node scripts/screenshots.ts [FOLDER] [--docs]`. With `--docs`, those that README and docs/web.md show are made anew.
 */
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import { projectRoot } from "./bundle.ts";
import { serveFolder } from "./screenshots/serve-folder.ts";
import { SHOWN_PROJECT, SHOWN_RUNS } from "./screenshots/shown-project.ts";

const WIDTHS = [
  { width: 1440, height: 900 },
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
] as const;

const BEST = "8";
/** By the name of the picture. Numbers are those of `SHOWN_RUNS`: a run of five nodes takes six. */
const PAGES: Readonly<Record<string, string>> = {
  home: "",
  runs: "/runs?sort=test_auc",
  executions: "/runs?of=executions",
  run: "/runs/1?node=train",
  "run-time": "/runs/1?view=time",
  "run-nodes": "/runs/1?view=list",
  log: "/executions/5",
  metrics: "/executions/5?view=metrics",
  files: "/executions/5?view=files",
  details: "/executions/5?view=details",
  compare: "/runs/compare?refs=%5B%221%22%2C%227%22%2C%2210%22%2C%2213%22%2C%2216%22%2C%2219%22%2C%2222%22%5D",
  pipelines: "/pipelines",
  pipeline: "/pipelines/delays",
  start: `/start?target=delays&kind=pipeline&like=${BEST}`,
  data: "/data",
  settings: "/settings",
};
/** Pictures that pages of the manual show: small files. */
const IN_DOCS = { "web-run": "run-1280-light", "web-compare": "compare-1280-light" } as const;

const { values, positionals } = parseArgs({ options: { docs: { type: "boolean" } }, allowPositionals: true });
const out = resolve(positionals[0] ?? mkdtempSync(join(tmpdir(), "headrace-screenshots-")));
mkdirSync(out, { recursive: true });

const root = join(mkdtempSync(join(tmpdir(), "headrace-")), "flights");
for (const [path, text] of Object.entries(SHOWN_PROJECT)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
await using served = await serveFolder(
  root,
  SHOWN_RUNS.map((args) => ["run", "delays", ...args]),
);
const browser = await chromium.launch({
  ...{ executablePath: process.env.HEADRACE_TEST_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
});
try {
  const page = await (await browser.newContext()).newPage();
  await page.goto(served.loginUrl);
  await page.waitForURL(/\/p\/-\/[^/]+\/?$/);
  const home = page.url().replace(/\/$/, "");
  for (const [name, path] of Object.entries(PAGES)) await takePictures(page, home + path, name);
} finally {
  await browser.close();
}
if (values.docs === true)
  for (const [name, picture] of Object.entries(IN_DOCS))
    copyFileSync(join(out, `${picture}.png`), join(projectRoot, "docs/images", `${name}.png`));
console.log(out);

async function takePictures(page: Page, address: string, name: string): Promise<void> {
  for (const size of WIDTHS) {
    await page.setViewportSize(size);
    await page.goto(address);
    await page.locator("main h1").first().waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.waitForFunction(() => document.querySelector("[aria-busy=true], .loading") === null);
      await page.evaluate(() => document.fonts.ready);
      // A canvas and what is measured are drawn in the frames after.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 250))));
      await page.screenshot({ path: join(out, `${name}-${size.width}-${colorScheme}.png`) });
    }
  }
}
