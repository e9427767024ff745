import type { Command } from "commander";
import type { MigrateProgress, MigrateRequest } from "../../services/index.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { withFolder } from "../project-at-hand.ts";

interface MigrateOptions extends GlobalOptions {
  readonly to?: string;
  readonly name?: string;
  readonly blobs?: string;
}

export function addMigrate(program: Command, cli: Cli): void {
  const command = program
    .command("migrate")
    .description("copy the project's records to another database, its stored files to another store")
    .option("--to <url>", "postgres://user@host/database, or sqlite: the file beside the project")
    .option("--name <project>", "what the project is called in PostgreSQL (default: as it is here)")
    .option("--blobs <place>", "copy the stored files as well: s3://bucket/prefix, or local: this machine's disk")
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<MigrateOptions>();
      const request: MigrateRequest = {
        ...(options.to === undefined ? {} : { database: options.to }),
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.blobs === undefined ? {} : { files: options.blobs }),
      };
      const progress = await progressOn(cli, options.json === true);
      await withFolder(cli, options, async (project) => {
        const migration = await project.upkeep.migrate(request, progress.show).finally(progress.clear);
        await printResult(cli, options, migration, async () => {
          const { renderMigration } = await import("../render/migration.ts");
          return renderMigration(migration, cli.out.style);
        });
      });
    });
  withExamples(command, [
    [
      "headrace migrate --to postgres://headrace@db.example.org/headrace",
      "to PostgreSQL; the password in PGPASSWORD or ~/.pgpass",
    ],
    ["headrace migrate --to sqlite", "from there to the file beside the project"],
    ["headrace migrate --blobs s3://my-bucket/churn", "the stored files to a bucket"],
  ]);
}

/** One line that is overwritten, on a terminal; nothing elsewhere. */
async function progressOn(
  cli: Cli,
  isQuiet: boolean,
): Promise<{ readonly show: (progress: MigrateProgress) => void; readonly clear: () => void }> {
  if (isQuiet || !cli.err.isTerminal) return { show: () => undefined, clear: () => undefined };
  const { grouped } = await import("../../views/index.ts");
  return {
    show: ({ what, done }) => cli.err.write(`\r\x1b[Kcopying ${what}: ${grouped(done)}`),
    clear: () => cli.err.write("\r\x1b[K"),
  };
}
