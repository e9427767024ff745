import type { Command } from "commander";
import type { BackupView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder } from "../project-at-hand.ts";
import type { Style } from "../terminal/style.ts";

interface BackupOptions extends GlobalOptions {
  readonly home?: string;
  /** False where `--no-files` is given. */
  readonly files?: boolean;
}

export function addBackup(program: Command, cli: Cli): void {
  const command = program
    .command("backup")
    .description("copy the project's records and stored files into a new folder, also while runs go on")
    .argument("<folder>", "does not exist yet")
    .option("--home <folder>", "of a server instead: all projects, users and settings, also while it serves")
    .option("--no-files", "with --home: stored files stay in their store, and are only listed")
    .action(async (folder: string, _options, self: Command) => {
      const options = self.optsWithGlobals<BackupOptions>();
      const { home, files: copiesFiles = true } = options;
      const show = (backup: BackupView) =>
        printResult(cli, options, backup, async () => await rendered("saved to", backup, cli.out.style));
      if (home === undefined) {
        if (!copiesFiles)
          throw new HeadraceError("HR_USAGE", "--no-files goes with --home", {
            hint: "name the folder of the server with --home",
          });
        return await withFolder(cli, options, async (project) => await show(await project.upkeep.backup(folder)));
      }
      const { backupHome } = await import("../../services/on-demand.ts");
      await show(await backupHome(folder, { home, env: cli.env, now: cli.now(), copiesFiles }));
    });
  withExamples(command, [
    ["headrace backup /mnt/backup/churn-2026-03-01", "everything but the code's git repository"],
    ["headrace backup /mnt/backup/2026-03-01 --home /var/lib/headrace", "a whole server"],
  ]);
}

export function addRestore(program: Command, cli: Cli): void {
  const command = program
    .command("restore")
    .description("bring a backup into a project that has no records")
    .argument("<folder>", "that `headrace backup` has written")
    .option("--home <folder>", "into a server's folder without records instead")
    .action(async (folder: string, _options, self: Command) => {
      const options = self.optsWithGlobals<BackupOptions>();
      const { home } = options;
      const show = (backup: BackupView) =>
        printResult(cli, options, backup, async () => await rendered("restored from", backup, cli.out.style));
      if (home === undefined)
        return await withFolder(cli, options, async (project) => await show(await project.upkeep.restore(folder)));
      const { restoreHome } = await import("../../services/on-demand.ts");
      await show(await restoreHome(folder, { home, env: cli.env }));
    });
  withExamples(command, [
    ["headrace restore /mnt/backup/churn-2026-03-01", "in a folder with the project's code"],
    ["headrace restore /mnt/backup/2026-03-01 --home /srv/headrace", "a whole server, before its first start"],
  ]);
}

async function rendered(done: string, backup: BackupView, style: Style): Promise<readonly string[]> {
  const { formatSize, formatTime, plural } = await import("../../views/index.ts");
  const { folder, project, projects, createdAt, recordsBytes, files, filesCopied, secrets } = backup;
  const what = project ?? plural(projects, "project");
  const kept = filesCopied ? "" : " (not copied)";
  return [
    `${style.green("✓")} ${what}: records (${formatSize(recordsBytes)}) and ${plural(files, "stored file")}${kept} ${done} ${folder}`,
    style.dim(`  as of ${formatTime(createdAt)}`),
    ...(secrets === 0 ? [] : [style.dim(`  the keys of ${plural(secrets, "secret")} are kept elsewhere`)]),
  ];
}
