/** What is known of a step that failed, for a guess at what it ran into. */
export interface FailureSigns {
  /** The last lines that it printed. */
  readonly lines: readonly string[];
  /** Facts of its execution's record. */
  readonly environment: Readonly<Record<string, string>>;
  readonly home: string | undefined;
  /** The image that its step names; empty where it names none. */
  readonly image: string;
}

const SYSTEM_PACKAGES =
  /\b(Could not open lock file|Unable to lock|unable to access the dpkg|dpkg: error|List directory .* is missing)\b|\/var\/(lib|cache)\/(apt|dpkg|dnf|yum)/;
const READ_ONLY = /Read-only file system|\bEROFS\b|Errno 30\b/;
const NOT_INSTALLED =
  /No module named |\bcommand not found|there is no package called|Cannot find module|No matching distribution found|Failed (to build|building wheel)|metadata-generation-failed|Getting requirements to build wheel did not run|requires a different Python/;
const MISSING = /No such file or directory|FileNotFoundError|\bENOENT\b|cannot open file/;

/** What a step on this machine may have run into that it would not have met in its image or without a sandbox, and what to do: one line, or none. */
export function failureHint(signs: FailureSigns): string | undefined {
  const { sandbox } = signs.environment;
  if (sandbox === undefined) return undefined;
  return (sandbox === "none" ? undefined : sandboxHint(signs)) ?? imageHint(signs);
}

function imageHint({ lines, image, environment }: FailureSigns): string | undefined {
  // Where a container ran the step, the record says which image it was.
  if (image === "" || environment.image !== undefined || !lines.some((line) => NOT_INSTALLED.test(line))) return undefined;
  return `the step ran with this machine's programs, not in its image ${image}: install here what it lacks, or run it in the image (docs/docker.md)`;
}

function sandboxHint({ lines, home }: FailureSigns): string | undefined {
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
