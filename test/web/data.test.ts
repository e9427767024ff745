/// <reference lib="dom" />
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BrowserRig, CHROMIUM } from "./browser-rig.ts";

/** Would tell of itself wherever it is taken for markup. */
const MARKUP = "<img src=x onerror=window.taken=1><script>window.taken=1</script>";

const CONFIGURATION = `
- step:
    name: extract
    image: ""
    command: cp files/* /valohai/outputs/
- step:
    name: train
    image: ""
    inputs: [{name: table}]
    parameters: [{name: depth, type: integer, default: 1}]
    command: |
      echo '{"confusion": [[51, 4], [6, 60]], "labels": ["cat", "dog"], "fpr": [0, 0.1, 1], "tpr": [0, 0.8, 1], "auc": 0.85}'
      echo {parameter-value:depth} > /valohai/outputs/model.txt
- step:
    name: look
    image: ""
    inputs: [{name: table, default: looked.csv}]
    command: 'true'
    checks:
      - input: table
        rows: {min: 1000}
        columns: {name: {in: [plain]}}
        on-fail: warn
- pipeline:
    name: cats
    parameters: [{name: depth, target: train.parameter.depth, default: [1, 2, 3, 4, 5]}]
    nodes:
      - {name: extract, type: execution, step: extract}
      - {name: train, type: task, step: train, for-each: depth}
    edges: [[extract.output.scores.csv, train.input.table]]
`;

const NOTEBOOK = JSON.stringify({
  ...{ nbformat: 4, nbformat_minor: 5, metadata: { language_info: { name: "python" } } },
  cells: [
    { cell_type: "markdown", source: [`# Title ${MARKUP}\n`, "[bad](javascript:window.taken=1)\n", MARKUP] },
    {
      ...{ cell_type: "code", execution_count: 1, source: [`print("${MARKUP}")`] },
      outputs: [
        { output_type: "stream", name: "stdout", text: [`\u001b[31m${MARKUP}\u001b[0m`] },
        {
          output_type: "execute_result",
          data: { "text/html": [`<table onclick="window.taken=1"><tr><td>cell ${MARKUP}</td></tr></table>${MARKUP}`] },
        },
        {
          output_type: "display_data",
          data: { "image/svg+xml": [`<svg xmlns="http://www.w3.org/2000/svg"><script>top.taken=1</script></svg>`] },
        },
        { output_type: "error", ename: "Error", evalue: MARKUP, traceback: [MARKUP] },
      ],
    },
  ],
});

const LONG = `${"id,score,name\n"}${Array.from({ length: 500 }, (_, n) => `${n},${n / 500},${n % 7 === 0 ? MARKUP : "plain"}`).join("\n")}\n`;

/** The smallest sound that is one: 8,000 samples of silence. */
function silence(): Buffer {
  const samples = 8_000;
  const wav = Buffer.alloc(44 + samples, 128);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + samples, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8_000, 24);
  wav.writeUInt32LE(8_000, 28);
  wav.writeUInt16LE(1, 32);
  wav.writeUInt16LE(8, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(samples, 40);
  return wav;
}

/** One page that says so, and asks a reader to run a script when it is opened. */
function pdf(): string {
  const text = "BT /F1 24 Tf 40 120 Td (A page) Tj ET";
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (window.taken = 1; app.alert\\(1\\)) >> >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let file = "%PDF-1.4\n";
  const places = objects.map((object, index) => {
    const place = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const table = `xref\n0 6\n0000000000 65535 f \n${places.join("")}`;
  return `${file}${table}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF`;
}

describe.skipIf(CHROMIUM === undefined)("what is in files, and where they come from, in a browser", () => {
  let rig: BrowserRig;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    rig = await BrowserRig.start({
      "valohai.yaml": CONFIGURATION,
      "files/scores.csv": LONG,
      "files/explore.ipynb": NOTEBOOK,
      "files/card.md": `# Card\n\n${MARKUP}\n\n**bold** [bad](javascript:window.taken=1) ![${MARKUP}](https://example.org/x.png)\n`,
      "files/data.json": JSON.stringify({ [MARKUP]: [MARKUP], number: 7 }),
      "files/broken.csv": `"never ends\n${MARKUP}\n`,
      "files/notes.txt": MARKUP,
      "files/picture.svg": `<svg xmlns="http://www.w3.org/2000/svg"><script>top.taken=1</script></svg>`,
      "files/report.pdf": pdf(),
    });
    rig.project.write("files/tone.wav", silence());
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run(
      `COPY (SELECT range AS id, '${MARKUP}' AS "${MARKUP}", range / 3.0 AS x FROM range(400)) TO '${rig.project.root}/files/rows.parquet' (FORMAT parquet)`,
    );
    connection.closeSync();
    expect((await rig.project.headrace("run", "cats")).code).toBe(0);
    const files = await rig.project.json<readonly { readonly id: string; readonly name: string }[]>(
      ...[0, "ls", "--files", "--limit", "100"],
    );
    for (const { id, name } of files) ids.set(name, id);
  });

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
  });

  const SHOWN: readonly (readonly [name: string, selector: string])[] = [
    ["scores.csv", "section[aria-label='Rows of the file'] td"],
    ["rows.parquet", "section[aria-label='Rows of the file'] td"],
    ["explore.ipynb", ".notebook .printed.of-error"],
    ["card.md", ".markdown strong"],
    ["data.json", ".json-name"],
    ["broken.csv", ".text-preview, section[aria-label='Rows of the file'] td"],
    ["notes.txt", ".text-preview"],
    ["picture.svg", "img.picture"],
    ["report.pdf", ".pdf canvas[width]"],
    ["tone.wav", "audio[src]"],
  ];

  test.each(SHOWN)("%s is shown, and runs nothing of what a step wrote into it", async (name, selector) => {
    const { page } = rig;
    const troubles: string[] = [];
    const onDialog = (dialog: { message(): string }): unknown => troubles.push(dialog.message());
    page.on("dialog", onDialog);
    await rig.open(`/data/${ids.get(name)}`);
    await page.locator(`main ${selector}`).first().waitFor({ state: "attached" });
    expect(await page.evaluate(() => "taken" in globalThis || "taken" in Object.prototype)).toBe(false);
    const hostile = "main [onerror], main [onclick], main a[href^='javascript:'], main img[src^='http'], main script";
    expect(await page.locator(hostile).count()).toBe(0);
    expect(await rig.seriousProblems()).toEqual([]);
    page.off("dialog", onDialog);
    expect(troubles).toEqual([]);
  });

  test("a table tells of its columns in figures", async () => {
    const { page } = rig;
    await rig.open(`/data/${ids.get("scores.csv")}`);
    await page.getByText("500 rows × 3 columns").waitFor();
    await page.getByText("Columns", { exact: true }).click();
    const columns = page.getByRole("region", { name: "Columns of the file" });
    const score = columns.getByRole("row", { name: /^score/ });
    await score.getByRole("cell", { name: "0.998", exact: true }).waitFor();
    expect(await rig.seriousProblems()).toEqual([]);
  });

  test("a sound is played from its own address", async () => {
    const { page } = rig;
    await rig.open(`/data/${ids.get("tone.wav")}`);
    await page.waitForFunction(() => (document.querySelector("audio")?.duration ?? 0) > 0.9);
  });

  test("matrices and curves are drawn of what a step printed", async () => {
    const { page } = rig;
    await rig.open("/executions/3?view=metrics");
    await page.getByRole("region", { name: "Matrix confusion" }).getByText("dog").first().waitFor();
    await page.getByRole("heading", { name: "roc, area 0.85" }).waitFor();
    expect(await rig.seriousProblems()).toEqual([]);
  });

  test("checks tell their verdict, each finding, and rows that break a rule, as they are", async () => {
    const { page } = rig;
    rig.project.write("looked.csv", `name\nplain\n${MARKUP}\n`);
    const run = await rig.project.json<{ readonly nodes: readonly { execution: { number: number } }[] }>(
      ...[0, "run", "look"],
    );
    await rig.open(`/executions/${run.nodes[0]?.execution.number}?view=checks`);
    await page.getByText("passed with warnings: 2 warned of 2 checks").waitFor();
    await page.getByRole("row", { name: /row count at least 1000 2/ }).waitFor();
    await page.getByRole("row", { name: `2 ${MARKUP}` }).waitFor();
    expect(await page.evaluate(() => "taken" in globalThis)).toBe(false);
    expect(await rig.seriousProblems()).toEqual([]);
  });

  test("files are found by their hash, by their name, and tell of their use", async () => {
    const { page } = rig;
    const files = await rig.project.json<readonly { readonly sha256: string }[]>(
      ...[0, "ls", "--files", "--name", "scores.csv"],
    );
    await rig.open("/data");
    await page.getByLabel("Hash begins with").fill(`SHA256:${files[0]?.sha256.slice(0, 10).toUpperCase()}`);
    await page.getByLabel("Hash begins with").press("Enter");
    await page.waitForURL(/sha256=/);
    const row = page.getByRole("row", { name: /scores\.csv/ });
    await row.getByRole("link", { name: "Used by 5" }).waitFor();
    expect(await page.locator("tbody tr").count()).toBe(1);
    await row.getByRole("link", { name: "Used by 5" }).click();
    await page.getByRole("heading", { name: "1 step on" }).waitFor();
    await rig.open("/data?name=mod*");
    expect(await page.locator("tbody tr").count()).toBe(5);
    await rig.open("/data?sha256=beef00&name=x*");
    await page.getByText("No file fits these filters").waitFor();
  });

  test("the lineage leads back and forward, folds what is alike, and stands in the address", async () => {
    const { page } = rig;
    await rig.open(`/data/${ids.get("scores.csv")}`);
    await page.getByRole("link", { name: "Lineage" }).click();
    await page.locator(".graph .box", { hasText: "5 × train" }).click();
    const panel = page.getByRole("complementary", { name: "5 × train" });
    await panel.getByRole("button", { name: "Show each by itself" }).click();
    await page.waitForURL(/open=/);
    await page.locator(".graph .box", { hasText: "#3" }).first().click();
    const one = page.getByRole("complementary", { name: "#3 train" });
    await one.getByRole("link", { name: "Lineage from here" }).waitFor();
    await page.waitForURL(/at=/);
    const address = page.url();
    await page.goto(address);
    await one.getByRole("button", { name: "Fold what is alike" }).click();
    await panel.waitFor();
    expect(await rig.seriousProblems()).toEqual([]);
    await page.getByText("List", { exact: true }).click();
    await page.getByRole("heading", { name: "1 step back" }).waitFor();
    expect(await rig.seriousProblems()).toEqual([]);
    for (const path of [`/executions/3`, "/runs/1"]) {
      await rig.open(path);
      await page.getByRole("link", { name: "Lineage" }).click();
      await page.locator(".graph .box", { hasText: "train" }).first().waitFor();
    }
  });

  test("variables are set and removed, and a secret is never shown again", async () => {
    const { page } = rig;
    await rig.open("/settings/variables");
    const set = async (name: string, value: string): Promise<void> => {
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("Value").fill(value);
      await page.getByRole("button", { name: "Set", exact: true }).click();
      await page.getByRole("row", { name: new RegExp(name) }).waitFor();
    };
    await set("REGION", MARKUP);
    await page.getByLabel("secret, never shown again").check();
    await set("API_KEY", "a-very-secret-value");
    await page
      .getByRole("row", { name: /API_KEY/ })
      .getByText("secret")
      .waitFor();
    await rig.open("/settings/variables");
    expect(await page.content()).not.toContain("a-very-secret-value");
    expect(await page.evaluate(() => "taken" in globalThis)).toBe(false);
    await page.getByRole("button", { name: "Remove REGION" }).click();
    await page.getByRole("button", { name: "Remove?" }).click();
    await page.getByRole("row", { name: /REGION/ }).waitFor({ state: "detached" });
  });

  test("storage tells what is kept and what could go; the audit log is searched and saved", async () => {
    const { page } = rig;
    await rig.open("/settings/storage");
    await page.getByRole("row", { name: /Made by executions 15/ }).waitFor();
    await page.getByRole("button", { name: "Find out" }).click();
    await page
      .getByText(/Nothing is to be cleared up|Together/)
      .first()
      .waitFor();
    await rig.open("/settings/audit");
    await page.getByLabel("What", { exact: true }).fill("variable");
    await page.getByLabel("What", { exact: true }).press("Enter");
    await page.getByText("variable.set").first().waitFor();
    await page.getByText("run.create").waitFor({ state: "detached" });
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export these as JSON lines" }).click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/jsonl?$/);
  });

  test("no page of these is wider than a phone, or hard for who sees or types in another way", async () => {
    const problems: string[] = [];
    const lineage = `/lineage?datum=${ids.get("scores.csv")}`;
    const settings = ["members", "variables", "environments", "storage", "audit"].map((name) => `/settings/${name}`);
    // Files and both views of the lineage have been looked through by axe above.
    const seen = [`/data/${ids.get("rows.parquet")}`, lineage, `${lineage}&view=list`];
    for (const path of ["/data", ...settings, ...seen]) {
      await rig.open(path);
      if (!seen.includes(path)) problems.push(...(await rig.seriousProblems()));
      for (const width of [1280, 390]) {
        await rig.page.setViewportSize({ width, height: 844 });
        const beyond = await rig.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (beyond > 0) problems.push(`${path} is ${beyond} pixels wider than ${width}`);
      }
      await rig.page.setViewportSize({ width: 1440, height: 900 });
    }
    expect(problems).toEqual([]);
  });
});
