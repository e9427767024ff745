/// <reference lib="dom" />
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { buildWeb } from "../../scripts/build-web.ts";
import { ProjectRig, type RunningCommand } from "../rig.ts";

/** For a machine whose load is high: every wait ends as soon as what it waits for is there. */
export const PATIENCE_MS = 120_000;

/** The browser of the tests; absent where there is none. */
export const CHROMIUM = [process.env.HEADRACE_TEST_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path): path is string => path !== undefined && existsSync(path),
);

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** Returns the problems that axe holds for serious or worse on a page as it is, in both themes. */
export async function seriousProblems(page: Page): Promise<readonly string[]> {
  const problems: string[] = [];
  await page.evaluate(AXE);
  const isThemed = (await page.locator("html[data-mantine-color-scheme]").count()) > 0;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    if (isThemed) await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor({ state: "attached" });
    // A colour that changes slowly has not arrived yet.
    await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== "running"));
    const found = await page.evaluate(async (isDark) => {
      const { axe } = globalThis as unknown as {
        readonly axe: { run(root: unknown, options: object): Promise<{ readonly violations: readonly Violation[] }> };
      };
      // Most of its time goes into telling of what is no violation.
      const options = { iframes: false, resultTypes: ["violations"], selectors: false };
      // The theme changes colours alone.
      return (await axe.run(document, isDark ? { ...options, runOnly: ["color-contrast"] } : options)).violations;
    }, colorScheme === "dark");
    for (const { id, impact, nodes } of found)
      if (impact === "serious" || impact === "critical")
        problems.push(`${page.url()} ${colorScheme} ${id}: ${nodes.map(({ html }) => html).join("\n")}`);
  }
  return problems;
}

/** A real `headrace serve` of a project, and a real browser that its link has logged in. */
export class BrowserRig implements AsyncDisposable {
  readonly project: ProjectRig;
  readonly page: Page;
  /** The address of the project's home. */
  readonly home: string;
  readonly loginUrl: string;
  #server: RunningCommand;
  readonly #browser: Browser;
  readonly context: BrowserContext;

  private constructor(parts: {
    readonly project: ProjectRig;
    readonly page: Page;
    readonly loginUrl: string;
    readonly server: RunningCommand;
    readonly browser: Browser;
  }) {
    this.project = parts.project;
    this.page = parts.page;
    this.context = parts.page.context();
    this.home = parts.page.url().replace(/\/$/, "");
    this.loginUrl = parts.loginUrl;
    this.#server = parts.server;
    this.#browser = parts.browser;
  }

  static async start(files: Readonly<Record<string, string>>): Promise<BrowserRig> {
    // `npm test` has built it; a single file that is run by hand may be the first.
    if (!existsSync("dist/web/index.html")) await buildWeb();
    const project = new ProjectRig(files);
    const server = project.start("serve", "--port", "0", "--json");
    await server.sees('"listening"');
    const { loginUrl } = JSON.parse(server.stdout.split("\n")[0] ?? "") as { readonly loginUrl: string };
    const browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(loginUrl);
    await page.waitForURL(/\/p\/-\/[^/]+\/?$/);
    return new BrowserRig({ project, page, loginUrl, server, browser });
  }

  /** Opens a page of the project and waits until nothing on it waits any more. */
  async open(path: string): Promise<void> {
    await this.page.goto(this.home + path);
    await this.page.locator("main h1").first().waitFor();
    await this.page.waitForFunction(() => document.querySelector("[aria-busy=true], .loading") === null);
  }

  /** Returns the problems that axe holds for serious or worse on a page as it is, in both themes. */
  async seriousProblems(page = this.page): Promise<readonly string[]> {
    return await seriousProblems(page);
  }

  /** The server dies at once, as by a power cut. */
  async killServer(): Promise<void> {
    this.#server.child.kill("SIGKILL");
    await this.#server.result;
  }

  /** Another server at the same address. */
  async startServer(): Promise<void> {
    this.#server = this.project.start("serve", "--port", new URL(this.home).port, "--json");
    await this.#server.sees('"listening"');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#server.child.kill("SIGTERM");
    await this.#server.result;
    await this.project[Symbol.asyncDispose]();
  }
}
