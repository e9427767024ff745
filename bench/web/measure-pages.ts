/// <reference lib="dom" />
import type { Page } from "playwright-core";

export interface LargeNumbers {
  readonly run: number;
  readonly execution: number;
}

export interface MeasuredProject {
  readonly page: Page;
  readonly home: string;
  /** Only what has the word in its name. */
  readonly only: string;
  readonly numbers: Readonly<Record<"graph" | "log" | "metric", LargeNumbers>>;
}

type Measure = (project: MeasuredProject) => Promise<void>;

const MEASURES: Readonly<Record<string, Measure>> = {
  home: async (project) => {
    await opened(project, "home", "");
    const { size, first } = await project.page.evaluate(() => ({
      size: (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
        .filter(({ name }) => name.includes("/assets/"))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    }));
    report("home: first paint", `${first.toFixed(0)} ms; ${(size / 1024).toFixed(0)} KB of scripts, styles and faces`);
  },
  graph: async (project) => {
    const { page, numbers } = project;
    await opened(project, "graph", `/runs/${numbers.graph.run}`, ".react-flow__pane");
    await framesWhile(page, "graph: panning, all in sight", () => drag(page));
    for (let step = 0; step < 6; step++) await page.mouse.wheel(0, -240);
    await framesWhile(page, "graph: panning, close", () => drag(page));
    await page.getByRole("button", { name: "Fit View" }).click();
    await timed("graph: side panel of a node", async () => {
      await page.locator(".react-flow__pane").click();
      await page.getByRole("complementary").waitFor();
    });
  },
  nodes: async (project) => {
    const { page, numbers } = project;
    await opened(project, "nodes: list", `/runs/${numbers.graph.run}?view=list`, "main table tbody tr");
    await opened(project, "nodes: time line", `/runs/${numbers.graph.run}?view=time`, "main svg, main .time-line");
    await page.goto(project.home);
  },
  runs: async (project) => {
    await opened(project, "runs", "/runs", "tbody tr[aria-rowindex]");
    await sorted(project.page, "runs");
  },
  executions: async (project) => {
    const { page } = project;
    await opened(project, "executions", "/runs?of=executions", "tbody tr[aria-rowindex]");
    await framesWhile(page, "executions: scrolling", async () => {
      await page.locator("tbody tr[aria-rowindex]").first().hover();
      for (let step = 0; step < 60; step++) await page.mouse.wheel(0, 600);
    });
    const shown = await page.locator("tbody tr[aria-rowindex]").last().getAttribute("aria-rowindex");
    report("executions: row reached by 60 turns of the wheel", String(shown));
    await sorted(page, "executions");
    await opened(
      project,
      "executions: filtered by a value",
      "/runs?of=executions&where=depth+%3D%3D+3+and+auc+%3E+0.9",
      "tbody tr[aria-rowindex]",
    );
    await opened(
      project,
      "executions: in a rare state",
      "/runs?of=executions&states=%5B%22error%22%5D",
      "tbody tr[aria-rowindex]",
    );
  },
  log: async (project) => {
    const { page, numbers } = project;
    const path = `/executions/${numbers.log.execution}`;
    await opened(project, "log: at the first error, cold", path, ".log-lines li.first-error");
    await opened(project, "log: at the first error, again", path, ".log-lines li.first-error");
    const lines = page.locator("section.log-lines");
    await timed("log: to the middle by the scroll bar", async () => {
      await lines.evaluate((frame) => {
        frame.scrollTop = frame.scrollHeight / 2;
      });
      await page.locator(".log-lines li.stdout", { hasText: "reading batch 50" }).first().waitFor();
    });
    await framesWhile(page, "log: scrolling", async () => {
      await lines.hover();
      for (let step = 0; step < 60; step++) await page.mouse.wheel(0, 400);
    });
    await timed("log: search of a text on one line", async () => {
      await page.getByLabel("Search in the log").fill("batch 123456");
      await page.getByText(/^1 line/).waitFor();
      await page.keyboard.press("Enter");
      await page.locator(".log-lines mark").first().waitFor();
    });
    await timed("log: to its end", async () => {
      await page.getByRole("button", { name: "To the end" }).click();
      await page.locator(".log-lines li", { hasText: "ValueError" }).waitFor();
    });
    report("log: memory of the page", `${await heapMb(page)} MB`);
  },
  metric: async (project) => {
    const { page, numbers } = project;
    await opened(project, "metric", `/executions/${numbers.metric.execution}?view=metrics`, ".uplot canvas");
    await timed("metric: zoom", async () => {
      const box = await page.locator(".u-over").first().boundingBox();
      if (box === null) throw new Error("the chart is not in sight");
      await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.4, box.y + 60, { steps: 5 });
      const answered = page.waitForResponse((response) => response.url().includes("from="));
      await page.mouse.up();
      await answered;
    });
    await framesWhile(page, "metric: moving over the chart", async () => {
      const box = await page.locator(".u-over").first().boundingBox();
      for (let step = 0; step < 100; step++) await page.mouse.move((box?.x ?? 0) + step * 3, (box?.y ?? 0) + 60);
    });
    report("metric: memory of the page", `${await heapMb(page)} MB`);
  },
};

/** Every figure on a line of its own. */
export async function measurePages(project: MeasuredProject): Promise<void> {
  for (const [name, measure] of Object.entries(MEASURES)) if (name.includes(project.only)) await measure(project);
}

function report(what: string, figure: string): void {
  console.log(`${what.padEnd(52)} ${figure}`);
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const since = performance.now();
  await work();
  report(what, `${(performance.now() - since).toFixed(0)} ms`);
}

/** A page by its address, as a colleague opens a link, until what it is opened for stands there. */
async function opened({ page, home }: MeasuredProject, what: string, path: string, sees = "main h1"): Promise<void> {
  await timed(`${what}: from the address to use`, async () => {
    await page.goto(home + path);
    await page.locator(sees).first().waitFor();
    await page.waitForFunction(() => document.querySelector("[aria-busy=true], .loading") === null);
  });
}

async function sorted(page: Page, what: string): Promise<void> {
  const head = page.getByRole("button", { name: "auc", exact: true });
  if ((await head.count()) === 0) return;
  await timed(`${what}: sorted by a metric`, async () => {
    const answered = page.waitForResponse((response) => response.url().includes("sort="));
    await head.first().click();
    await answered;
  });
}

async function drag(page: Page): Promise<void> {
  const box = await page.locator(".react-flow__pane").boundingBox();
  if (box === null) throw new Error("the graph is not in sight");
  const [x, y] = [box.x + box.width / 2, box.y + box.height - 40];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 0; step < 120; step++)
    await page.mouse.move(x + 150 * Math.sin(step / 10), y + 60 * Math.cos(step / 14));
  await page.mouse.up();
}

/** Frames that the browser drew while something went on. */
async function framesWhile(page: Page, what: string, work: () => Promise<void>): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = [];
    const look = (at: number): void => {
      times.push(at);
      if ("frameTimes" in globalThis) requestAnimationFrame(look);
    };
    Object.assign(globalThis, { frameTimes: times });
    requestAnimationFrame(look);
  });
  await work();
  const times = await page.evaluate(() => {
    const { frameTimes } = globalThis as unknown as { frameTimes: number[] };
    Reflect.deleteProperty(globalThis, "frameTimes");
    return frameTimes;
  });
  const gaps = times
    .slice(1)
    .map((at, index) => at - (times[index] ?? at))
    .toSorted((a, b) => a - b);
  const part = (share: number): string => (gaps[Math.floor((gaps.length - 1) * share)] ?? 0).toFixed(1);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  report(
    what,
    `${(gaps.length / seconds).toFixed(0)} frames/s; p50 ${part(0.5)} ms, p95 ${part(0.95)} ms, longest ${part(1)} ms`,
  );
}

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = (await session.send("Runtime.getHeapUsage")) as { readonly usedSize: number };
  await session.detach();
  return Math.round(usedSize / 1_048_576);
}
