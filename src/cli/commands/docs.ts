import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";

export function addDocs(program: Command, cli: Cli): void {
  const command = program
    .command("docs")
    .description("print the manual, which comes with the program")
    .argument("[topic]", "the page; without it, all pages are listed")
    .option("--path", "print only where the page is")
    .action(async (topic: string | undefined, own: { readonly path?: boolean }, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const { findPage, manualFolder, manualPages, renderPage, renderPages } = await import("../manual/pages.ts");
      if (topic === undefined) {
        const pages = manualPages();
        const list = { folder: manualFolder(), pages };
        await printResult(cli, options, list, () =>
          own.path === true ? [list.folder] : renderPages(pages, cli.out.style),
        );
        return;
      }
      const page = findPage(topic);
      const text = readFileSync(page.path, "utf8");
      if (options.json === true || own.path === true) {
        await printResult(cli, options, { ...page, text }, () => [page.path]);
        return;
      }
      const lines = renderPage(text, cli.out.style);
      const { pageThrough } = await import("../manual/page-through.ts");
      if (!cli.out.isTerminal || !(await pageThrough(`${lines.join("\n")}\n`, cli.env))) cli.out.lines(lines);
    });
  withExamples(command, [
    ["headrace docs", "all pages"],
    ["headrace docs tutorial", "one of them, in your pager"],
    ["headrace docs s3 --path", "the file, for an editor or a browser"],
  ]);
}
