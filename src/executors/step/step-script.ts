import type { JobSpec } from "../executor.ts";

/** A step's commands as one script, and what runs it. */
export interface StepScript {
  readonly text: string;
  /** Program and arguments; the script's path follows. */
  readonly interpreter: readonly string[];
  /** The script reports the line that failed (see `failedCommand`). */
  readonly reportsLine: boolean;
}

// The ERR trap tells the supervisor which line failed; it runs by the same rules as `set -e`. Descriptor 7 moves out of
// the way first, since scripts like to use the small numbers for their own. All on the first command's line, so that
// the line numbers of the shell's own messages are those of the step.
const BASH_PROLOGUE = `exec 187>&7 7>&-; trap '{ printf "headrace: line %s\\n" "$LINENO" >&187; } 2>/dev/null' ERR; set -e; `;
const SH_PROLOGUE = "set -e; ";
/** On the first command's line as well. A `sleep` that knows whole seconds alone costs one at most. */
const AWAIT_MEMBERS = `until [ -e "$VH_CONFIG_DIR/distributed.sh" ]; do sleep 0.05 2>/dev/null || sleep 1; done; . "$VH_CONFIG_DIR/distributed.sh"; `;

/**
 * All commands share one shell session and the first failing one ends it. The shell is bash where there is one, because
 * steps from the wild say `source` and `[[`; else sh. A first line `#!…` names the interpreter of the whole instead,
 * read as the kernel reads it (program, then at most one argument), but run by us, so that a file system mounted
 * `noexec` does no harm. With `awaitsMembers` it waits for the others of a distributed task before the first command.
 */
export function stepScript(
  { command, awaitsMembers }: Pick<JobSpec, "command" | "awaitsMembers">,
  bash: string | undefined,
): StepScript {
  const before = awaitsMembers === true ? AWAIT_MEMBERS : "";
  const text = `${command.join("\n")}\n`;
  const shebang = /^#![ \t]*([^ \t\r\n]+)(?:[ \t]+([^\r\n]*[^ \t\r\n]))?[ \t]*\r?\n/.exec(text);
  if (shebang !== null) {
    const [, program = "", argument] = shebang;
    const interpreter = argument === undefined ? [program] : [program, argument];
    const waiting = before === "" ? [] : ["/bin/sh", "-c", `${before}exec "$@"`, "sh"];
    return { text, interpreter: [...waiting, ...interpreter], reportsLine: false };
  }
  if (bash !== undefined) return { text: BASH_PROLOGUE + before + text, interpreter: [bash], reportsLine: true };
  return { text: SH_PROLOGUE + before + text, interpreter: ["/bin/sh"], reportsLine: false };
}

/** Returns the command (from 1) that a line of the script belongs to; commands may span lines. */
export function commandOfLine(command: readonly string[], line: number): number | undefined {
  let last = 0;
  for (const [index, text] of command.entries()) {
    last += text.split("\n").length;
    if (line <= last) return index + 1;
  }
  return undefined;
}
