import type { Command } from "commander";
import { oneOf, SHELLS } from "../arguments/values.ts";
import { type Cli, type GlobalOptions, printResult } from "../cli.ts";
import { withExamples } from "../examples.ts";

export function addCompletion(program: Command, cli: Cli): void {
  const command = program
    .command("completion")
    .description("the completion script of a shell")
    .argument("<shell>", SHELLS.join(", "), oneOf("shell", SHELLS))
    .action(async (shell: (typeof SHELLS)[number], _options, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const { completionScript } = await import("../completion/scripts.ts");
      const script = completionScript(shell);
      await printResult(cli, options, { shell, script }, () => [script.trimEnd()]);
    });
  withExamples(command, [
    ["source <(headrace completion bash)", "in ~/.bashrc"],
    ["source <(headrace completion zsh)", "in ~/.zshrc, after compinit"],
    ["headrace completion fish | source", "in ~/.config/fish/config.fish"],
  ]);
}
