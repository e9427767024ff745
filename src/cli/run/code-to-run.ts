import { HeadraceError } from "../../errors.ts";
import { folderCode } from "../../services/on-demand.ts";
import { formatSize, plural } from "../../views/index.ts";
import { type Cli, projectQuery } from "../cli.ts";
import type { RunCommandOptions } from "../commands/run.ts";
import { projectRoot } from "../remote/remote-of.ts";
import type { RemoteProject } from "../remote/remote-project.ts";
import { harmless } from "../terminal/harmless.ts";

/** More than this is worth a word before it is sent. */
const WORTH_SAYING_BYTES = 5_000_000;

/**
 * Sends the code of the folder as it is now, as far as the server lacks it, and returns the name that it has there.
 * Undefined without a configuration here: then the server's own code runs.
 */
export async function codeToRun(
  { api }: RemoteProject,
  options: RunCommandOptions,
  cli: Cli,
): Promise<string | undefined> {
  if ((await projectRoot(cli, options)) === undefined) return undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      return await send(api, options, cli);
    } catch (error) {
      // Saved while it was sent, or removed on the server meanwhile: once more, as it is then.
      const mayPass = error instanceof HeadraceError && AGAIN.has(error.code);
      if (!mayPass || attempt > 0) throw error;
    }
  }
}

const AGAIN: ReadonlySet<string> = new Set(["HR_FILE_CHANGED", "HR_BLOB_DAMAGED", "HR_CONFLICT"]);

async function send({ code: service }: RemoteProject["api"], options: RunCommandOptions, cli: Cli): Promise<string> {
  const code = await folderCode(projectQuery(cli, options), { env: cli.env, now: cli.now });
  const say = (lines: readonly string[]): void => {
    if (options.json !== true) cli.err.lines(lines);
  };
  say(code.warnings.map((text) => `${cli.err.style.yellow("warning:")} ${harmless(text)}`));
  const { commit, missing } = await service.missing(code.manifest);
  if (commit !== null) return commit;
  const bytes = missing.reduce((sum, sha256) => sum + code.sizeOf(sha256), 0);
  if (bytes > WORTH_SAYING_BYTES)
    say([cli.err.style.dim(`sending ${plural(missing.length, "file")} (${formatSize(bytes)}) that the server lacks`)]);
  const { manifest, git } = code;
  const upload = { manifest, sends: missing, contents: code.contents(missing), ...(git !== undefined && { git }) };
  return (await service.store(upload)).commit;
}
