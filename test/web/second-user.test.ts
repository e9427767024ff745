/// <reference lib="dom" />
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWeb } from "../../scripts/build-web.ts";
import { ProjectRig, type RunningCommand } from "../rig.ts";
import { CHROMIUM, PATIENCE_MS, seriousProblems } from "./browser-rig.ts";

const PASSWORD = "correct horse battery";
/** Would tell of itself wherever it is taken for markup. */
const MARKUP = "<img src=x onerror=window.taken=1>";

describe.skipIf(CHROMIUM === undefined)("an administrator and a second user, each in a browser of their own", () => {
  let rig: ProjectRig;
  let server: RunningCommand;
  let browser: Browser;
  let url = "";

  beforeAll(async () => {
    if (!existsSync("dist/web/index.html")) await buildWeb();
    rig = new ProjectRig({});
    const environment = { HEADRACE_ADMIN_PASSWORD: PASSWORD, HEADRACE_DATABASE_URL: "" };
    server = rig.startIn(rig.root, environment, ...["serve", "--home", "home", "--port", "0", "--json"]);
    await server.sees('"listening"');
    const line = server.stdout.split("\n").find((text) => text.includes('"listening"')) ?? "";
    ({ url } = JSON.parse(line) as { readonly url: string });
    browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
  });

  afterAll(async () => {
    await browser?.close();
    server?.child.kill("SIGTERM");
    await server?.result;
    await rig?.[Symbol.asyncDispose]();
  });

  async function logIn(name: string): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor({ state: "detached" });
    return page;
  }

  /** The text of a page once it has nothing to wait for. */
  async function shown(page: Page, path: string): Promise<string> {
    await page.goto(url + path);
    await page.locator("main").waitFor();
    await page.waitForFunction(() => document.querySelector("[aria-busy=true], .loading") === null);
    return (await page.locator("main").textContent()) ?? "";
  }

  test("the second user may what the administrator lets them, and their pages follow", async () => {
    const admin = await logIn("admin");
    await admin.goto(`${url}/server/users`);
    await admin.getByLabel("User name").fill("bea");
    await admin.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await admin.getByRole("button", { name: "Add", exact: true }).click();
    await admin.getByRole("row", { name: /bea/ }).waitFor();
    const made = await admin.evaluate(async () => {
      const body = JSON.stringify({ name: "cats" });
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/v0/projects/", { method: "POST", headers, body })).status;
    });
    expect(made).toBe(201);

    const bea = await logIn("bea");
    expect(await shown(bea, "/")).toContain("You are in no project yet");
    const foreign = await shown(bea, "/p/admin/cats");
    expect(foreign).toContain("There is no project");
    expect(foreign).toContain("All projects");
    expect(await shown(bea, "/server/health")).toContain("This is for administrators of the server");

    await admin.goto(`${url}/p/admin/cats/settings/members`);
    await admin.getByLabel("User to add").fill("bea");
    await admin.getByLabel("Role", { exact: true }).first().click();
    await admin.getByRole("option", { name: "viewer" }).click();
    await admin.getByRole("button", { name: "Add", exact: true }).click();
    await admin.getByRole("row", { name: /bea/ }).waitFor();

    // A viewer looks, and is offered nothing else.
    for (const path of ["", "/runs", "/pipelines"]) {
      await shown(bea, `/p/admin/cats${path}`);
      expect(
        await bea
          .locator("main")
          .getByRole("link", { name: /^Start/ })
          .count(),
        path,
      ).toBe(0);
    }
    expect(await shown(bea, "/p/admin/cats/start")).toContain("start nothing in it");
    expect(await shown(bea, "/p/admin/cats/settings/audit")).toContain("is for admins of the project");
    await shown(bea, "/p/admin/cats/settings/members");
    expect(await bea.getByRole("button", { name: "Add", exact: true }).count()).toBe(0);
    await shown(bea, "/p/admin/cats/settings/variables");
    expect(await bea.getByRole("button", { name: "Set", exact: true }).count()).toBe(0);

    // A member may start runs, an admin may set variables.
    await admin.getByLabel("Role of bea").first().click();
    await admin.getByRole("option", { name: "member" }).click();
    await admin.getByRole("row", { name: /bea/ }).waitFor();
    await expect
      .poll(() => shown(bea, "/p/admin/cats"), { timeout: PATIENCE_MS })
      .toContain("Start the first run here");
    await admin.getByLabel("Role of bea").first().click();
    await admin.getByRole("option", { name: "admin" }).click();
    await expect
      .poll(() => shown(bea, "/p/admin/cats/settings/variables"), { timeout: PATIENCE_MS })
      .toContain("Set a variable");

    // Taken out, the project is not there any more.
    await admin.getByRole("button", { name: "Remove bea" }).click();
    await admin.getByRole("row", { name: /bea/ }).waitFor({ state: "detached" });
    expect(await shown(bea, "/p/admin/cats")).toContain("There is no project");
    expect(await seriousProblems(bea)).toEqual([]);

    // By a team they are in it again, and by their leaving it they are not.
    await shown(admin, "/server/teams");
    await admin.getByRole("textbox", { name: "Name" }).fill(MARKUP);
    await admin.getByRole("button", { name: "Make", exact: true }).click();
    await admin.getByRole("alert").waitFor();
    await admin.getByRole("textbox", { name: "Name" }).fill("research");
    await admin.getByRole("button", { name: "Make", exact: true }).click();
    const team = admin.getByRole("row", { name: "research" });
    await team.getByRole("combobox", { name: /^User to put into/ }).click();
    await admin.getByRole("option", { name: "bea" }).click();
    await team.getByRole("button", { name: /^Take bea out of/ }).waitFor();
    expect(await seriousProblems(admin)).toEqual([]);
    await shown(admin, "/p/admin/cats/settings/members");
    await admin.getByText("Team", { exact: true }).click();
    await admin.getByRole("combobox", { name: "Team to add" }).click();
    await admin.getByRole("option", { name: "research" }).click();
    await admin.getByRole("button", { name: "Add", exact: true }).click();
    await admin.getByRole("row", { name: /team/ }).waitFor();
    expect(await seriousProblems(admin)).toEqual([]);
    expect(await shown(bea, "/p/admin/cats")).toContain("Start the first run here");
    await shown(admin, "/server/teams");
    await team.getByRole("button", { name: /^Take bea out of/ }).click();
    await team.getByText("nobody").waitFor();
    expect(await shown(bea, "/p/admin/cats")).toContain("There is no project");
    await team.getByRole("button", { name: /^Remove/ }).click();
    await team.getByRole("button", { name: /^Remove\?/ }).click();
    await admin.getByText("There is no team yet").waitFor();
    expect(await admin.evaluate(() => "taken" in globalThis)).toBe(false);
  });

  test("the administrator sees how the server does", async () => {
    const admin = await logIn("admin");
    const text = await shown(admin, "/server/health");
    for (const part of ["SQLite", "Disk", "Executions queued", "nothing waits", "answered every request"])
      expect(text).toContain(part);
    expect(await shown(admin, "/server/audit")).toContain("user.create");
  });
});
