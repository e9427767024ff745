import type { Command } from "commander";
import { type Cli, type GlobalOptions, printResult, projectQuery, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { EXIT } from "../failure.ts";

export function addLint(program: Command, cli: Cli): void {
  const command = program
    .command("lint")
    .description("check a configuration; exits with 1 when it has errors")
    .argument("[files...]", "the files (default: the project's configuration)")
    .option("--strict", "exit with 1 for warnings as well")
    .action(async (files: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { readonly strict?: true }>();
      const [{ lintFiles, renderLint }, { lintReport }] = await Promise.all([import("../lint-files.ts"), import("../../config/index.ts")]);
      const named = files.length > 0 ? files : [await projectFile(cli, options)];
      const linted = await lintFiles(named, workingFolder(cli, options));
      const report = lintReport(linted);
      if (report.files.some((file) => !file.valid || (options.strict && file.warnings.length > 0))) cli.exitCode = EXIT.failed;
      await printResult(cli, options, report, () => renderLint(linted, { width: cli.out.size().width, style: cli.out.style }));
    });
  withExamples(command, [
    ["headrace lint", "the project's configuration"],
    ["headrace lint a/valohai.yaml b/valohai.yaml", "several files"],
    ["headrace lint --strict", "warnings fail, too: for CI"],
    ["headrace lint --json", "for an editor or CI"],
  ]);
}

/** The project's configuration file, as short as it can be written from here. */
async function projectFile(cli: Cli, options: GlobalOptions): Promise<string> {
  const [{ findProject }, { relative }] = await Promise.all([import("../../app/index.ts"), import("node:path")]);
  const { configFile } = findProject(projectQuery(cli, options));
  const shown = relative(workingFolder(cli, options), configFile);
  return shown.startsWith("..") ? configFile : shown;
}
