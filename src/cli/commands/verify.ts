import type { Command } from "commander";
import type { VerifyProgress } from "../../services/index.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";
import { EXIT } from "../failure.ts";
import { withFolder } from "../project-at-hand.ts";
import { REF_HELP } from "./ref-help.ts";

interface VerifyOptions extends GlobalOptions {
  readonly quick?: boolean;
}

export function addVerify(program: Command, cli: Cli): void {
  const command = program
    .command("verify")
    .description("compare every recorded hash with the stored bytes; exits with 1 when some are missing or damaged")
    .argument("[number]", `${REF_HELP}; without one, everything`)
    .option("-q, --quick", "only whether the files are there and have their size")
    .action(async (ref: string | undefined, _options, self: Command) => {
      const options = self.optsWithGlobals<VerifyOptions>();
      const progress = await progressOn(cli, options.json === true);
      await withFolder(cli, options, async (project) => {
        const request = {
          quick: options.quick === true,
          onProgress: progress.show,
          ...(ref === undefined ? {} : { ref }),
        };
        const verification = await project.upkeep.verify(request).finally(progress.clear);
        if (verification.problems.length > 0) cli.exitCode = EXIT.failed;
        await printResult(cli, options, verification, async () => {
          const { renderVerification } = await import("../render/verification.ts");
          return renderVerification(verification, cli.out.style);
        });
      });
    });
  withExamples(command, [
    ["headrace verify", "every stored file of the project"],
    ["headrace verify 12", "those of one run: its inputs, outputs and code"],
    ["headrace verify --quick", "look only, read nothing"],
  ]);
}

/** Between two updates of the line on the terminal. */
const EVERY_MS = 100;

/** One line that is overwritten, on a terminal; nothing elsewhere. */
async function progressOn(
  cli: Cli,
  isQuiet: boolean,
): Promise<{ readonly show: (progress: VerifyProgress) => void; readonly clear: () => void }> {
  if (isQuiet || !cli.err.isTerminal) return { show: () => undefined, clear: () => undefined };
  const { formatSize, grouped } = await import("../../views/index.ts");
  let shownAt = 0;
  return {
    show: ({ files, totalFiles, bytes }) => {
      const now = cli.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      cli.err.write(`\r\x1b[K${grouped(files)} of ${grouped(totalFiles)} files, ${formatSize(bytes)}`);
    },
    clear: () => cli.err.write("\r\x1b[K"),
  };
}
