/// <reference lib="dom" />
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BrowserRig, CHROMIUM } from "./browser-rig.ts";

const PLACES = ["eu", "us"];
const NUMBERS = Array.from({ length: 12 }, (_, index) => index + 1);
const PAIRS = PLACES.flatMap((place) => NUMBERS.map((number) => `${place}-${number}`));

/** The gate fails, so that a graph of fifty nodes is there at once. */
const CONFIGURATION = `
- step: {name: gate, image: "", command: exit 4}
- step: {name: load, image: "", command: "true", inputs: [{name: x}]}
- step: {name: train, image: "", command: "true", inputs: [{name: x}]}
- step: {name: merge, image: "", command: "true", inputs: [{name: x}]}
- pipeline:
    name: wide
    nodes:
      - {name: gate, type: execution, step: gate}
${PAIRS.flatMap((pair) => ["load", "train"].map((step) => `      - {name: ${step}-${pair}, type: execution, step: ${step}}`)).join("\n")}
      - {name: merge, type: execution, step: merge}
    edges:
${PAIRS.flatMap((pair) => [
  `      - [gate.output.*, load-${pair}.input.x]`,
  `      - [load-${pair}.output.*, train-${pair}.input.x]`,
  `      - [train-${pair}.output.*, merge.input.x]`,
]).join("\n")}
`;

describe.skipIf(CHROMIUM === undefined)("groups of a graph in a browser", () => {
  let rig: BrowserRig;

  beforeAll(async () => {
    rig = await BrowserRig.start({ "valohai.yaml": CONFIGURATION });
    expect((await rig.project.headrace("run", "wide")).code).toBe(1);
  });

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
  });

  test("many nodes stand in groups, which open and close, and the address says which are open", async () => {
    const { page } = rig;
    const boxes = page.locator(".graph .box");
    await rig.open("/runs/1");
    await boxes.filter({ hasText: "merge" }).waitFor();
    expect((await boxes.locator(".name").allTextContents()).sort()).toEqual(["gate", "load", "merge", "train"]);
    expect(await boxes.filter({ hasText: "train" }).textContent()).toContain("24 skipped");
    await boxes.filter({ hasText: "train" }).click();
    await page.waitForURL(/open=/);
    await boxes.filter({ hasText: "train-us" }).click();
    await boxes.filter({ hasText: "train-us-12" }).waitFor();
    // A colleague who has the link sees the same.
    await page.reload();
    await boxes.filter({ hasText: "train-us-12" }).waitFor();
    expect(await boxes.count()).toBe(4 + NUMBERS.length);
    expect(await rig.seriousProblems()).toEqual([]);
    await page.getByRole("button", { name: "train-us 12: close the group" }).click();
    await boxes.filter({ hasText: "train-us-12" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "train 24: close the group" }).click();
    await boxes.filter({ hasText: "train-eu" }).waitFor({ state: "detached" });
    expect(await boxes.count()).toBe(4);
  });

  test("a group that hides the node of the open panel is marked, and opens all the same", async () => {
    const { page } = rig;
    await rig.open("/runs/1?node=load-eu-3");
    await page.getByRole("complementary", { name: "Node load-eu-3" }).waitFor();
    const marked = page.locator(".graph .box.selected");
    expect(await marked.locator(".name").textContent()).toBe("load");
    await marked.click();
    await page.locator(".graph .box.selected", { hasText: "load-eu" }).click();
    await page.locator(".graph .box.selected", { hasText: "load-eu-3" }).waitFor();
    await page.getByRole("complementary", { name: "Node load-eu-3" }).waitFor();
    await page.getByRole("switch", { name: "in groups" }).uncheck({ force: true });
    await page.waitForURL(/groups=no/);
    await page.waitForFunction(() => document.querySelectorAll(".graph .box").length > 40);
  });
});
