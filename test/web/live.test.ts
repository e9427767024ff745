/// <reference lib="dom" />
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BrowserRig, CHROMIUM, PATIENCE_MS } from "./browser-rig.ts";

const LINES = 30_000;
const SLOW_LINES = 240;

const CONFIGURATION = `
- step:
    name: long
    image: ""
    command:
      - "seq 1 ${LINES} | sed 's/^/reading batch /'"
      - "printf 'Traceback (most recent call last):\\\\nValueError: the loss is not a number\\\\n' >&2; exit 3"
- step:
    name: slow
    image: ""
    command: "i=1; while [ $i -le ${SLOW_LINES} ]; do echo line $i; i=$((i + 1)); sleep 0.05; done"
- step:
    name: parted
    image: ""
    command: |
      echo before
      echo '::group::Install <b onclick=window.taken=1>packages</b>'
      seq 1 2000
      echo '::endgroup::'
      echo after
- step: {name: needy, image: "", command: cat /valohai/inputs/table/*, inputs: [{name: table}]}
- step: {name: first, image: "", command: echo a > /valohai/outputs/a.txt}
- step: {name: second, image: "", command: cat /valohai/inputs/a/*, inputs: [{name: a}]}
- pipeline:
    name: two
    nodes: [{name: first, type: execution, step: first}, {name: second, type: execution, step: second}]
    edges: [[first.output.a.txt, second.input.a]]
`;

describe.skipIf(CHROMIUM === undefined)("what is large, and what is live, in a browser", () => {
  let rig: BrowserRig;

  beforeAll(async () => {
    rig = await BrowserRig.start({ "valohai.yaml": CONFIGURATION });
  });

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
  });

  test("opens a long log at its first error, jumps anywhere, searches, and holds what is in sight", async () => {
    const { page, project } = rig;
    expect((await project.headrace("run", "long")).code).toBe(1);
    await rig.open("/executions/2");
    const lines = page.getByRole("region", { name: "Log" });
    await lines.locator("li.first-error", { hasText: "Traceback" }).waitFor();
    await page.getByText("30,002 lines").waitFor();
    await lines.evaluate((frame) => {
      frame.scrollTop = frame.scrollHeight / 2;
    });
    const middle = lines.locator("li", { hasText: /^15010reading batch 15010$/ });
    await middle.waitFor();
    expect(await lines.locator("li").count()).toBeLessThan(200);
    // Nobody asked for them: they are not in the browser.
    const held = await page.evaluate(() => document.body.textContent?.includes("batch 7777") ?? true);
    expect(held).toBe(false);
    await page.getByLabel("Search in the log").fill("BATCH 7777");
    await page.getByText(/^1 line/).waitFor();
    await page.keyboard.press("Enter");
    await lines.locator("li.current mark", { hasText: "batch 7777" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "To the end" }).click();
    await lines.locator("li", { hasText: "ValueError" }).waitFor();
  });

  test("folds the groups of a log, opens one that is jumped into, and tells when each line was printed", async () => {
    const { page, project } = rig;
    expect((await project.headrace("run", "parted")).code).toBe(0);
    const [run] = await project.json<readonly { readonly number: number }[]>(0, "ls", "--name", "parted");
    await rig.open(`/executions/${(run?.number ?? 0) + 1}`);
    const lines = page.getByRole("region", { name: "Log" });
    await page.getByText("2,004 lines").waitFor();
    const title = lines.getByRole("button", { name: "Install <b onclick=window.taken=1>packages</b> 2,001 lines" });
    await title.waitFor();
    expect(await lines.locator("li").count()).toBe(3);
    await page.getByLabel("Search in the log").fill("1234");
    await page.getByText(/^1 line/).waitFor();
    await page.keyboard.press("Enter");
    await lines.locator("li.current mark", { hasText: "1234" }).waitFor();
    expect(await title.count()).toBe(0);
    await page.getByRole("button", { name: "Times" }).click();
    await lines.locator("li.current time[datetime]").waitFor();
    await lines.locator("li.current .line-number").click();
    await page.waitForURL(/line=1236/);
    await page.reload();
    await lines.locator("li.current", { hasText: "1234" }).waitFor();
    await page.getByRole("button", { name: "Times" }).click();
    expect(await rig.seriousProblems()).toEqual([]);
  });

  test("shows that the connection is lost, takes it up again, and loses no line", async () => {
    const { page, project } = rig;
    const running = project.start("run", "slow");
    // `run` prints what it does as it does it; the execution is recorded before its first line.
    await running.sees("slow");
    const execution = await vi.waitFor(
      async () => {
        const [found] = await project.json<readonly { readonly number: number }[]>(
          0,
          "ls",
          "--executions",
          "--step",
          "slow",
        );
        return found ?? expect.fail("the execution is not recorded yet");
      },
      { timeout: PATIENCE_MS, interval: 300 },
    );
    await rig.open(`/executions/${execution.number}`);
    const lines = page.getByRole("region", { name: "Log" });
    await lines.getByText("line 5", { exact: true }).waitFor();
    await rig.killServer();
    await page.locator(".log-bar", { hasText: "the connection is lost" }).waitFor();
    await page.locator(".connection").waitFor();
    await rig.startServer();
    await page.locator(".connection").waitFor({ state: "detached" });
    await lines.getByText(`line ${SLOW_LINES}`, { exact: true }).waitFor();
    const texts = await lines.locator("li .line-text").allTextContents();
    expect(texts).toEqual(Array.from({ length: SLOW_LINES }, (_, index) => `line ${index + 1}`));
    await page.locator(".heading-state", { hasText: "complete" }).waitFor();
    await running.result;
  });

  test("leaves the graph where it is when the panel of a node opens", async () => {
    const { page, project } = rig;
    expect((await project.headrace("run", "two")).code).toBe(0);
    const [run] = await project.json<readonly { readonly number: number }[]>(0, "ls", "--name", "two");
    await rig.open(`/runs/${run?.number}`);
    await page.locator(".graph .box", { hasText: "second" }).waitFor();
    const view = page.locator(".react-flow__viewport");
    await page.waitForFunction(() =>
      document.querySelector(".react-flow__viewport")?.getAttribute("style")?.includes("scale(1)"),
    );
    const before = await view.getAttribute("style");
    await page.locator(".graph .box", { hasText: "first" }).click();
    await page.getByRole("complementary", { name: "Node first" }).getByRole("link", { name: "a.txt" }).waitFor();
    expect(await view.getAttribute("style")).toBe(before);
  });

  test("refuses nothing in the start form before somebody has filled in something", async () => {
    const { page } = rig;
    await rig.open("/start?target=needy&kind=step");
    await page.getByText(/It cannot start yet/).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(true);
  });
});
