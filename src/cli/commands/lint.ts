import type { Command } from "commander";
import type { LintReport } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, printResult, projectQuery, workingFolder } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { EXIT } from "../failure.ts";
import type { LintedText } from "../lint-files.ts";
import { withFolder, withProject } from "../project-at-hand.ts";
import { projectRoot, remoteOf } from "../remote/remote-of.ts";

export function addLint(program: Command, cli: Cli): void {
  const command = program
    .command("lint")
    .description("check a configuration; exits with 1 when it has errors")
    .argument("[files...]", "the files (default: the project's configuration)")
    .option("--commit <ref>", "the project's configuration as a branch, tag or commit has it")
    .option("--strict", "exit with 1 for warnings as well")
    .action(async (files: readonly string[], _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { readonly strict?: true; readonly commit?: string }>();
      const [{ renderLint, renderReport }, { lintReport }] = await Promise.all([
        import("../lint-files.ts"),
        import("../../config/index.ts"),
      ]);
      const remote = await remoteReport(cli, options, files);
      const linted = remote === undefined ? await lintHere(cli, options, files) : [];
      const report = remote ?? lintReport(linted);
      if (report.files.some((file) => !file.valid || (options.strict && file.warnings.length > 0)))
        cli.exitCode = EXIT.failed;
      await printResult(cli, options, report, () =>
        remote === undefined
          ? renderLint(linted, { width: cli.out.size().width, style: cli.out.style })
          : renderReport(remote, cli.out.style),
      );
    });
  withExamples(command, [
    ["headrace lint", "the project's configuration"],
    ["headrace lint a/valohai.yaml b/valohai.yaml", "several files"],
    ["headrace lint --strict", "warnings fail, too: for CI"],
    ["headrace lint --commit main", "as a branch has it, whatever is checked out"],
    ["headrace lint --json", "for an editor or CI"],
  ]);
}

/** Files of this machine, or a commit of the folder's repository. */
async function lintHere(
  cli: Cli,
  options: GlobalOptions & { readonly commit?: string },
  files: readonly string[],
): Promise<readonly LintedText[]> {
  const { commit } = options;
  if (commit !== undefined) return [await withFolder(cli, options, (project) => project.lintCommit(commit))];
  const { lintFiles } = await import("../lint-files.ts");
  return await lintFiles(files.length > 0 ? files : [await projectFile(cli, options)], workingFolder(cli, options));
}

/**
 * Returns the server's report on its code; undefined if the user means files of this machine, or the folder's own
 * project.
 */
async function remoteReport(
  cli: Cli,
  options: GlobalOptions & { readonly commit?: string },
  files: readonly string[],
): Promise<LintReport | undefined> {
  const { commit } = options;
  if (commit !== undefined && files.length > 0) {
    throw new HeadraceError("HR_USAGE", "--commit checks the project's configuration, and not single files", {
      hint: "leave the files out",
    });
  }
  if (files.length > 0 || (await remoteOf(cli, options)) === undefined) return undefined;
  if (commit === undefined && (await projectRoot(cli, options)) !== undefined) return undefined;
  return await withProject(cli, options, ({ api }) => api.configuration.lint(commit === undefined ? {} : { commit }));
}

/** The project's configuration file, as short as it can be written from here. */
async function projectFile(cli: Cli, options: GlobalOptions): Promise<string> {
  const [{ findProject }, { relative }] = await Promise.all([import("../../services/index.ts"), import("node:path")]);
  const { configFile } = findProject(projectQuery(cli, options));
  const shown = relative(workingFolder(cli, options), configFile);
  return shown.startsWith("..") ? configFile : shown;
}
