/// <reference lib="dom" />
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BrowserRig, CHROMIUM } from "./browser-rig.ts";

const CONFIGURATION = `
- step:
    name: draw
    image: ""
    command: sh draw.sh {parameter-value:size} {parameter-value:wait}
    parameters: [{name: size, type: integer, default: 3}, {name: wait, type: string, default: "no"}]
- task:
    name: tune
    step: draw
    goal: [max:auc, min:cost]
    parameters: [{name: size, style: multiple, rules: {items: [2, 4, 6]}}]
- task:
    name: slow
    step: draw
    goal: max:auc
    maximum-queued-executions: 1
    parameters:
      - {name: size, style: multiple, rules: {items: [7, 8]}}
      - {name: wait, style: single, rules: {value: "yes"}}
`;

const DRAW = `
awk -v s=$1 'BEGIN { for (e = 1; e < 4; e++) printf "{\\"epoch\\": %d, \\"auc\\": %.2f, \\"cost\\": %d}\\n", e, s / 10, s }'
test $1 = 9 && exit 3
printf '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><circle r="%d"/></svg>' $1 > /valohai/outputs/picture.svg
printf 'first\\nsize %d\\nlast\\n' $1 > /valohai/outputs/notes.txt
printf '<img src=x onerror=window.taken=1>%d,size\\n1,%d\\n' $1 $1 > /valohai/outputs/table.csv
if test $2 = yes; then sleep 3600; fi
exit 0
`;

describe.skipIf(CHROMIUM === undefined)("work on results in a browser", () => {
  let rig: BrowserRig;

  beforeAll(async () => {
    rig = await BrowserRig.start({ "valohai.yaml": CONFIGURATION, "draw.sh": DRAW });
    expect((await rig.project.headrace("run", "draw", "-p", "size=3")).code).toBe(0);
    rig.project.write("<img src=x onerror=window.taken=1>.py", "<script>window.taken=1</script>\n");
    rig.project.write("draw.sh", DRAW.replace("size %d", "the size %d"));
    expect((await rig.project.headrace("run", "draw", "-p", "size=5", "--tag", "kept")).code).toBe(0);
    expect((await rig.project.headrace("run", "draw", "-p", "size=9")).code).toBe(1);
    expect((await rig.project.headrace("run", "tune")).code).toBe(0);
  });

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
  });

  test("outputs stand side by side: pictures as they are, texts, tables and code by what differs", async () => {
    const { page } = rig;
    await rig.open("/runs/compare?refs=%5B%221%22%2C%223%22%5D");
    const beside = page.getByRole("region", { name: "Files side by side" });
    await beside.getByRole("img", { name: "picture.svg" }).nth(1).waitFor();
    await beside.getByRole("combobox", { name: "File to compare" }).click();
    await page.getByRole("option", { name: "draw: notes.txt" }).click();
    await page.waitForURL(/file=draw(?:%2F|\/)notes\.txt/);
    await beside.locator(".removed", { hasText: "-size 3" }).waitFor();
    await beside.locator(".added", { hasText: "+the size 5" }).waitFor();
    await beside.getByRole("combobox", { name: "File to compare" }).click();
    await page.getByRole("option", { name: "draw: table.csv" }).click();
    await beside.getByRole("row", { name: "size mean 3 5", exact: true }).waitFor();
    const code = page.getByRole("region", { name: "Code that differs" });
    await code.getByRole("combobox", { name: "File of the code to compare" }).click();
    await page.getByRole("option", { name: "draw.sh" }).click();
    await code.locator(".removed", { hasText: "size %d" }).waitFor();
    await code.locator(".added", { hasText: "the size %d" }).waitFor();
    // Names, heads of columns and code that others wrote are text.
    await code.getByRole("combobox", { name: "File of the code to compare" }).click();
    await page.getByRole("option", { name: "<img" }).click();
    await code.locator(".added", { hasText: "<script>window.taken=1</script>" }).waitFor();
    expect(await page.evaluate(() => "taken" in globalThis)).toBe(false);
    expect(await rig.seriousProblems()).toEqual([]);
  });

  test("a sentence narrows the list, each of its parts as the filter that it is about", async () => {
    const { page } = rig;
    await rig.open("/runs");
    const rows = page.locator("tbody tr[aria-rowindex]");
    const sentence = page.getByLabel("Sentence or condition over parameters and metrics");
    await sentence.fill("state is failed and size is 9 and started after yesterday");
    await sentence.press("Enter");
    await page.waitForURL(/states=.*error/);
    await rows.filter({ hasText: "error" }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr[aria-rowindex]").length === 1);
    expect(await sentence.inputValue()).toBe("size == 9");
    await page.getByRole("button", { name: /^since .*: take it away$/ }).click();
    await page.waitForURL((url) => !url.search.includes("since"));
    await sentence.fill("state is sad");
    await sentence.press("Enter");
    await page.getByText("“sad” is no state").waitFor();
    await rig.open("/runs");
    await sentence.fill("tagged kept");
    await sentence.press("Enter");
    await page.waitForURL(/tags=.*kept/);
    await page.waitForFunction(() => document.querySelectorAll("tbody tr[aria-rowindex]").length === 1);
  });

  test("a task shows its best trials, its goals against each other, and leads to their comparison", async () => {
    const { page } = rig;
    const [run] = await rig.project.json<readonly { readonly number: number }[]>(0, "ls", "--name", "tune");
    await rig.open(`/runs/${run?.number}?node=tune`);
    const panel = page.getByRole("complementary", { name: "Node tune" });
    await panel.getByText("Grid search for max:auc and min:cost: 3 of 3 complete").waitFor();
    const board = panel.getByRole("region", { name: "Trials, the best first" }).locator("tbody tr");
    expect(await board.count()).toBe(3);
    expect(await board.first().textContent()).toContain("0.6");
    expect(await panel.getByRole("figure", { name: "cost over auc" }).getByRole("link").count()).toBe(3);
    expect(await rig.seriousProblems()).toEqual([]);
    await panel.getByRole("link", { name: "Compare the trials" }).click();
    await page
      .getByRole("region", { name: "Parallel coordinates" })
      .locator("path")
      .nth(2)
      .waitFor({ state: "attached" });
  });

  test("a trial that runs is pruned, and its task is stopped", async () => {
    const { page, project } = rig;
    const running = project.start("run", "slow");
    await running.sees("slow");
    await rig.open("/runs?name=slow");
    await page.locator("tbody").getByRole("link", { name: "slow" }).first().click();
    await page.locator(".graph .box", { hasText: "slow" }).click();
    const panel = page.getByRole("complementary", { name: "Node slow" });
    await panel
      .getByRole("button", { name: /^Prune \d+$/ })
      .first()
      .click();
    await panel.getByText(/1 pruned/).waitFor();
    await panel.getByRole("button", { name: "Stop the task" }).click();
    await panel.getByRole("button", { name: "Stop the task" }).waitFor({ state: "detached" });
    await running.result;
  });

  test("a file is uploaded, and purged again: its record stays", async () => {
    const { page } = rig;
    await rig.open("/data");
    await page.getByRole("button", { name: "Upload files" }).click();
    const chooser = page.waitForEvent("filechooser");
    await page.getByLabel("Files", { exact: true }).click();
    await (await chooser).setFiles([
      { name: "rows.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") },
      { name: "more.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n3,4\n") },
    ]);
    expect(await rig.seriousProblems()).toEqual([]);
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    const stored = page.getByRole("status");
    await stored.getByRole("link", { name: "more.csv" }).waitFor();
    await stored.getByRole("link", { name: "rows.csv" }).click();
    await page.getByRole("heading", { name: "rows.csv" }).waitFor();
    await page.getByRole("button", { name: "Purge" }).click();
    await page.getByRole("button", { name: "Purge its bytes for good" }).click();
    await page.getByText(/Its bytes were purged/).waitFor();
    expect(await page.getByRole("link", { name: "Download" }).count()).toBe(0);
  });

  test("what could be freed is freed, once somebody has said so twice", async () => {
    const { page, project } = rig;
    // The run with a tag stays, and the newest.
    project.write("headrace.config.yaml", "retention: {keep-runs: 1}\n");
    await rig.open("/settings/storage");
    await page.getByRole("button", { name: "Find out" }).click();
    await page.getByRole("button", { name: "Clear up" }).click();
    await page.getByRole("button", { name: /^Remove 1 run and .* for good$/ }).click();
    await page.getByRole("button", { name: /for good$/ }).waitFor({ state: "detached" });
    await page
      .getByText("Nothing is to be cleared up")
      .or(page.getByRole("button", { name: "Clear up" }))
      .waitFor();
    const left = await project.json<readonly { readonly number: number }[]>(0, "ls", "--name", "draw");
    expect(left.map(({ number }) => number)).toEqual([5, 3]);
    await rig.open("/settings/audit");
    await page.locator("main").getByText("run.delete").first().waitFor();
  });
});
