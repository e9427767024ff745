import type { StepScript } from "../step/step-script.ts";
import { quote } from "./quote.ts";

export interface LaunchParts {
  readonly environment: Readonly<Record<string, string>>;
  /**
   * The step's script for a node with bash, and for one without; the same where a shebang line names the interpreter.
   */
  readonly bash: StepScript & { readonly path: string };
  readonly plain: StepScript & { readonly path: string };
  /** The command that runs the image, up to the command inside; absent without a container. */
  readonly container?: readonly string[];
}

/**
 * Returns the text that the batch script reads in a shell of its own to become the step. Variables are exported here,
 * at the last moment, so that a step's `LD_PRELOAD` or `BASH_ENV` reaches the step and nothing before it. A name that a
 * shell cannot export, or gives a meaning of its own, goes by `env`.
 */
export function launchFile({ environment, bash, plain, container }: LaunchParts): string {
  const entries = Object.entries(environment);
  const exported = entries
    .filter(([name]) => isExportable(name))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`);
  const odd = entries.filter(([name]) => !isExportable(name)).map(([name, value]) => quote(`${name}=${value}`));
  const prefix = odd.length === 0 ? "" : `/usr/bin/env ${odd.join(" ")} `;
  const become = (words: readonly string[], reportsLine: boolean): string =>
    `exec ${prefix}${words.map(quote).join(" ")} </dev/null >&5 2>&6 5>&- 6>&-${reportsLine ? "" : " 7>&-"}`;
  const removal = 'rm -f "$__hr_control/launch"\n';
  // An exported variable may change the language of the shell (LC_ALL); its remarks are not the step's.
  const variables = `${removal}{\n${exported.join("")}:\n} 2>/dev/null\n`;
  if (container !== undefined) return `${variables}${become([...container, ...bash.interpreter, bash.path], false)}\n`;
  const run = (script: StepScript & { readonly path: string }): string =>
    become([...script.interpreter, script.path], script.reportsLine);
  if (bash.path === plain.path) return `${variables}${run(bash)}\n`;
  return `${removal}if [ -x /bin/bash ]; then __hr_bash=yes; else __hr_bash=no; fi\n${variables.slice(removal.length)}if [ "$__hr_bash" = yes ]; then\n${run(bash)}\nelse\n${run(plain)}\nfi\n`;
}

/** Names that some shell keeps for itself: read-only, or changed by the shell as it goes. */
const OWN_NAMES =
  /^(_|IFS|PS[0-4]|PPID|UID|EUID|GROUPS|BASH.*|SHELLOPTS|LINENO|RANDOM|SRANDOM|SECONDS|EPOCH.*|FUNCNAME|DIRSTACK|PIPESTATUS|HISTCMD|COMP_.*|COPROC|OPT(IND|ARG|ERR)|PWD|OLDPWD|SHLVL|ENV|POSIXLY_CORRECT|__hr_.*)$/;

export function isExportable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !OWN_NAMES.test(name);
}
