/// <reference lib="dom" />
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BrowserRig, CHROMIUM, PATIENCE_MS } from "./browser-rig.ts";

/** Would tell of itself wherever it is taken for markup. */
const MARKUP = '<img src=x onerror="window.taken=1">';

const CONFIGURATION = `
- step:
    name: prepare
    image: ""
    command: printf 'a,b\\n1,2\\n3,4\\n' > /valohai/outputs/table.csv
- step:
    name: train
    image: ""
    command: sh train.sh {parameter-value:rate}
    inputs: [{name: table}]
    parameters: [{name: rate, type: float, default: 0.1, min: 0, max: 5}]
- step: {name: hostile, image: "", command: sh hostile.sh, parameters: [{name: word, type: string, default: none}]}
- pipeline:
    name: delays
    parameters: [{name: rate, target: train.parameter.rate, default: 0.1}]
    nodes: [{name: prepare, type: execution, step: prepare}, {name: train, type: execution, step: train}]
    edges: [[prepare.output.table.csv, train.input.table]]
`;

const TRAIN = `
echo reading the table
case $1 in 2*) echo 'ValueError: the loss is not a number' >&2; exit 3;; esac
for epoch in 0 1 2 3; do echo "{\\"epoch\\": $epoch, \\"auc\\": 0.$((5 + epoch))$(echo $1 | tr -d .)}"; done
echo model > /valohai/outputs/model.txt
`;

/** Everything that a step can say or write, as an attack on who looks at it. */
const HOSTILE = `
echo '${MARKUP}<script>window.taken=1</script>'
printf '\\033]8;;javascript:window.taken=1\\033\\\\link\\033]8;;\\033\\\\ \\033[31m${MARKUP}\\033[0m\\n'
echo '{"<img src=x onerror=window.taken=1>": 1, "__proto__": 2, "auc": 0.1}'
cd /valohai/outputs
echo '${MARKUP},b' > table.csv
echo '{"a": "</script><script>window.taken=1</script>"}' > data.json
echo text > '<img src=x onerror=window.taken=1>.txt'
echo '<svg xmlns="http://www.w3.org/2000/svg"><script>top.taken=1</script></svg>' > picture.svg
cat > report.html <<'END'
<p id=said></p><script>
const said = [];
const tried = (what, act) => { try { act(); said.push(what); } catch { said.push("no " + what); } };
tried("parent", () => { parent.taken = 1; });
tried("title", () => { parent.document.title = "taken"; });
tried("cookie", () => document.cookie.length);
tried("storage", () => localStorage.length);
tried("address", () => { top.location.href = "/taken"; });
fetch("/api/v0/projects/").then(() => said.push("api"), () => said.push("no api"))
  .then(() => { document.getElementById("said").textContent = said.join(", "); });
</script>
END
`;

describe.skipIf(CHROMIUM === undefined)("the web application in a browser", () => {
  let rig: BrowserRig;

  beforeAll(async () => {
    rig = await BrowserRig.start({ "valohai.yaml": CONFIGURATION, "train.sh": TRAIN, "hostile.sh": HOSTILE });
  });

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
  });

  test("lets nobody in but by the link, which works once", async () => {
    const browser = rig.context.browser();
    const other = await browser?.newContext();
    const page = await other?.newPage();
    if (other === undefined || page === undefined) throw new Error("the browser has closed");
    other.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${rig.home}/runs`);
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    expect(new URL(page.url()).searchParams.get("next")).toContain("/runs");
    expect(await rig.seriousProblems(page)).toEqual([]);
    expect((await page.goto(rig.loginUrl))?.status()).toBe(401);
    await page.getByRole("heading", { name: "This link was used before" }).waitFor();
    expect(await rig.seriousProblems(page)).toEqual([]);
    await page.goto(new URL("/api/v0/", rig.home).href);
    // All calls look alike, and axe would look at each of their thousands of cells.
    await page.evaluate(() => {
      for (const call of [...document.querySelectorAll("details")].slice(8)) call.remove();
    });
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(await rig.seriousProblems(page)).toEqual([]);
    await page.goto(`${new URL(rig.home).origin}/p/-/nothing/there`);
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await other.close();
  });

  test("starts a run from the form, and shows live how it becomes complete", async () => {
    const { page } = rig;
    await rig.open("");
    await page.getByRole("link", { name: "Start the first run here" }).click();
    await page.getByRole("combobox", { name: "What is to run" }).or(page.getByLabel("What is to run")).first().click();
    await page.getByRole("option", { name: "delays" }).click();
    await page.getByLabel("rate").fill("0.2");
    await page.getByLabel("Title").fill("from the form");
    await page.getByText("2 nodes would run").waitFor();
    expect(await page.locator("code", { hasText: "headrace run delays" }).first().textContent()).toContain("rate=0.2");
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/\/runs\/1$/);
    // The following changes come without another load of the page.
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    await page.locator(".heading-state", { hasText: "complete" }).waitFor();
    await page.locator(".graph .box", { hasText: "train" }).click();
    await page.getByRole("complementary", { name: "Node train" }).getByRole("link", { name: "model.txt" }).waitFor();
    expect(await page.evaluate(() => "isSamePage" in globalThis)).toBe(true);
    expect(await rig.project.json(0, "ls")).toMatchObject([{ number: 1, state: "complete", title: "from the form" }]);
  });

  test("leads from home to the error of a failed run in one click", async () => {
    const { page } = rig;
    expect((await rig.project.headrace("run", "delays", "-p", "rate=2.5")).code).not.toBe(0);
    await rig.open("");
    await page.getByRole("link", { name: "Read the error" }).click();
    await page.locator(".log-place").getByText("ValueError: the loss is not a number").waitFor();
    await page.locator("main .facts", { hasText: "exit code 3" }).waitFor();
  });

  test("leads from home to the best of the runs in two clicks, and compares two", async () => {
    const { page } = rig;
    for (const rate of ["0.3", "0.4"])
      expect((await rig.project.headrace("run", "delays", "-p", `rate=${rate}`)).code).toBe(0);
    await rig.open("");
    const rooms = page.getByRole("navigation", { name: "Rooms" });
    await rooms.getByRole("link", { name: "Runs" }).click();
    await page.getByRole("button", { name: "auc", exact: true }).click();
    await page.waitForURL(/sort=/);
    const best = page.locator("tbody tr[aria-rowindex]").first();
    await best.getByText("0.804").waitFor();
    await best.getByRole("checkbox").check();
    await page.getByRole("checkbox", { name: "Choose 1", exact: true }).check();
    await page.getByRole("link", { name: "Compare" }).click();
    const differing = page.locator("main table", { hasText: "rate" }).first();
    await differing.waitFor();
    for (const value of ["0.2", "0.4"]) expect(await differing.textContent()).toContain(value);
  });

  test("keeps the list of runs as a view for everybody, and draws three runs over all that differs", async () => {
    const { page } = rig;
    await rig.open("/runs?sort=auc&name=delays");
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByLabel("Name of the view").fill("best first");
    await page.getByLabel("for everybody in the project").check({ force: true });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "best first" }).waitFor();
    await rig.open("/runs");
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("link", { name: "best first" }).click();
    await page.waitForURL(/sort=auc/);
    expect(new URL(page.url()).searchParams.get("name")).toBe("delays");
    await page.getByRole("checkbox", { name: /Choose the first/ }).check();
    await page.getByRole("link", { name: "Compare" }).click();
    await page.getByRole("region", { name: "Parallel coordinates" }).locator("path").nth(2).waitFor();
    expect(await page.locator(".scatter a.point").count()).toBeGreaterThan(2);
  });

  test("leads from home to the raw file that a model came from in three clicks", async () => {
    const { page } = rig;
    await rig.open("");
    await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Data" }).click();
    await page.getByRole("link", { name: "model.txt" }).first().click();
    await page.getByRole("heading", { name: "model.txt" }).waitFor();
    await page.locator("main").getByRole("link", { name: "table.csv" }).click();
    await page.getByRole("heading", { name: "table.csv" }).waitFor();
    await page.locator("main p", { hasText: /Made by #2 prepare/ }).waitFor();
    await page.getByRole("region", { name: "Rows of the file" }).getByRole("cell", { name: "4" }).waitFor();
  });

  test("shows who belongs to the project, and says what is wrong with a new member", async () => {
    const { page } = rig;
    await rig.open("/settings");
    await page.getByLabel("User to add").fill(MARKUP);
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.evaluate(() => "taken" in globalThis)).toBe(false);
  });

  test("runs nothing of what a step or a user has written", async () => {
    const { page, project } = rig;
    const run = await project.headrace(
      ...["run", "hostile", "--title", MARKUP, "--tag", "<b onclick=window.taken=1>", "-p", `word=${MARKUP}`],
    );
    expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
    const [last] = await project.json<readonly { readonly number: number }[]>(0, "ls");
    const execution = (last?.number ?? 0) + 1;
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => dialogs.push(dialog.message()));
    const paths = ["", "/runs", `/runs/${last?.number}?node=hostile`, "/data", `/runs?of=executions`];
    const views = ["", "?view=metrics", "?view=details", "?view=files"].map(
      (view) => `/executions/${execution}${view}`,
    );
    for (const path of [...paths, ...views]) {
      await rig.open(path);
      await page.locator("main").getByText("hostile").or(page.getByText("<img")).first().waitFor();
      expect(await page.evaluate(() => "taken" in globalThis || "taken" in Object.prototype), path).toBe(false);
      expect(await page.locator("main [onerror], main [onclick], main a[href^='javascript:']").count(), path).toBe(0);
    }
    // The page that the step wrote runs in a place of its own, from which it reaches nothing.
    await rig.open("/data");
    await page.locator("main").getByRole("link", { name: "report.html" }).click();
    const frame = page.frameLocator("iframe");
    await frame.locator("#said", { hasText: "no api" }).waitFor();
    expect(await frame.locator("#said").textContent()).toBe(
      "no parent, no title, no cookie, no storage, no address, no api",
    );
    expect(dialogs).toEqual([]);
    expect(page.url()).toContain("/data/");
  });

  test("loads no more than 300 KB before it shows the home page", async () => {
    const fresh = await rig.context.newPage();
    await fresh.goto(rig.home);
    await fresh.locator("main h1").waitFor();
    const loaded = await fresh.evaluate(() =>
      (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
        .filter(({ name }) => name.includes("/assets/"))
        .map(({ encodedBodySize }) => encodedBodySize),
    );
    await fresh.close();
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.reduce((sum, size) => sum + size, 0)).toBeLessThan(300 * 1024);
  });

  test("has no page that is wider than a phone, or has a serious problem for who sees, hears or types in another way", async () => {
    const problems: string[] = [];
    const paths = [
      ...[
        "",
        "/runs",
        "/runs?of=executions",
        "/runs/1",
        "/runs/1?node=train",
        "/runs/1?view=time",
        "/runs/1?view=list",
      ],
      ...["/executions/3", "/executions/3?view=metrics", "/executions/3?view=files", "/executions/3?view=details"],
      ...["/runs/4", "/pipelines", "/pipelines/delays", "/runs/compare?refs=%5B%221%22%2C%227%22%2C%2210%22%5D"],
      ...["/start?target=delays&kind=pipeline", "/data", "/settings"],
    ];
    for (const path of paths) {
      await rig.open(path);
      problems.push(...(await rig.seriousProblems()));
      await rig.page.setViewportSize({ width: 390, height: 844 });
      const beyond = await rig.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (beyond > 0) problems.push(`${path} is ${beyond} pixels wider than a phone`);
      await rig.page.setViewportSize({ width: 1440, height: 900 });
    }
    expect(problems).toEqual([]);
  });
});
