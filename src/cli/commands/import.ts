import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";

interface ImportOptions extends GlobalOptions {
  readonly output?: string;
}

export function addImport(program: Command, cli: Cli): void {
  const command = program
    .command("import")
    .description("turn a dvc.yaml into a configuration that runs")
    .argument("<file>", "a dvc.yaml")
    .option("-o, --output <file>", "write it to this new file instead of printing it")
    .action(async (file: string, _options, self: Command) => {
      const options = self.optsWithGlobals<ImportOptions>();
      const { importFile } = await import("../import-file.ts");
      const result = await importFile(file, options.output, workingFolder(cli, options));
      if (options.json !== true && result.file === null)
        cli.err.lines(result.notes.map((note) => `${cli.err.style.yellow("note:")} ${note}`));
      await printResult(cli, options, result, () => {
        if (result.file === null) return [result.yaml.trimEnd()];
        return [
          `${cli.out.style.green("✓")} wrote ${result.file}`,
          ...result.notes.map((note) => `${cli.out.style.yellow("note:")} ${note}`),
        ];
      });
    });
  withExamples(command, [
    ["headrace import dvc.yaml -o valohai.yaml", "write the configuration"],
    ["headrace import dvc.yaml", "look at it first"],
  ]);
}
