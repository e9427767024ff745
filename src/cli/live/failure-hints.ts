/** What is known of a step that failed, for a guess at what it ran into. */
export interface FailureSigns {
  /** The last lines that it printed. */
  readonly lines: readonly string[];
  /** Facts of its execution's record. */
  readonly environment: Readonly<Record<string, string>>;
  readonly home: string | undefined;
}

const SYSTEM_PACKAGES =
  /\b(Could not open lock file|Unable to lock|unable to access the dpkg|dpkg: error|List directory .* is missing)\b|\/var\/(lib|cache)\/(apt|dpkg|dnf|yum)/;
const READ_ONLY = /Read-only file system|\bEROFS\b|Errno 30\b/;
const MISSING = /No such file or directory|FileNotFoundError|\bENOENT\b|cannot open file/;

/** What a step on this machine may have run into that is the sandbox's doing, and what to do: one line, or none. */
export function failureHint({ lines, environment, home }: FailureSigns): string | undefined {
  const { sandbox } = environment;
  if (sandbox === undefined || sandbox === "none") return undefined;
  // What comes last is what ended it.
  for (const line of lines.toReversed()) {
    if (SYSTEM_PACKAGES.test(line))
      return "a step on this machine installs no system packages: install them here yourself, or run it in an image (`headrace docs docker`)";
    if (READ_ONLY.test(line))
      return "in its sandbox a step writes to /valohai/outputs, its folder, /tmp and its home; the machine's other files are read-only";
    if (MISSING.test(line) && home !== undefined && namesBelow(line, home))
      return "a step has a home of its own and sees little of yours: make the file an input, or show it with HEADRACE_STEPS_SEE (`headrace docs security`)";
  }
  return undefined;
}

function namesBelow(line: string, folder: string): boolean {
  return folder !== "/" && line.includes(`${folder}/`);
}
