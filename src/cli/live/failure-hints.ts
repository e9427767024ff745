import type { OutsideCode } from "../../services/index.ts";

/** The facts known about a step that failed, for a guess at what it ran into. */
export interface FailureSigns {
  /** The last lines that it printed. */
  readonly lines: readonly string[];
  /** Facts of its execution's record. */
  readonly environment: Readonly<Record<string, string>>;
  readonly home: string | undefined;
  /** The image that its step names; empty where it names none. */
  readonly image: string;
  /** The path that the project's folder has, of those that its last lines name as missing (`missingPaths`). */
  readonly outside?: OutsideCode | undefined;
  /** The words to type after `headrace run` to run it once more on what it got. */
  readonly again: string;
}

const SYSTEM_PACKAGES =
  /\b(Could not open lock file|Unable to lock|unable to access the dpkg|dpkg: error|List directory .* is missing)\b|\/var\/(lib|cache)\/(apt|dpkg|dnf|yum)/;
const READ_ONLY = /Read-only file system|\bEROFS\b|Errno 30\b/;
const NOT_INSTALLED =
  /No module named |\bcommand not found|there is no package called|Cannot find module|No matching distribution found|Failed (to build|building wheel)|metadata-generation-failed|Getting requirements to build wheel did not run|requires a different Python/;
const MISSING =
  /No such file or directory|FileNotFoundError|\bENOENT\b|cannot open file|no such file or directory|does not exist/;
/** In the words of Python, the C library, dash and Node. */
const ABSENT = /No such file or directory|Permission denied|nonexistent|does not exist|ENOENT|EACCES/i;
const BELOW_VALOHAI = /(?<![\w.-])\/valohai(?![\w.-])/;
const READ_ONLY_FILE = /\/valohai\/(?:inputs|repository)\//;

/** Python's words if nobody is there to be asked: a debugger, `input()`, a program that sets the terminal up. */
const NO_TERMINAL =
  /^bdb\.BdbQuit\b|^EOFError: EOF when reading a line|\btermios\.error: .*Inappropriate ioctl for device/;

/** So many paths are looked for. */
const MOST_PATHS = 20;

/**
 * Returns one line, or none: what a step on this machine may have run into that it would not have met in its image or
 * without a sandbox, and what to do.
 */
export function failureHint(signs: FailureSigns): string | undefined {
  if (signs.outside !== undefined) return outsideHint(signs.outside);
  const { sandbox, terminal } = signs.environment;
  if (terminal === undefined && signs.lines.some((line) => NO_TERMINAL.test(line)))
    return `a step has no terminal; \`headrace run ${signs.again} --interactive\` runs it on this one`;
  if (sandbox === undefined) return undefined;
  return (sandbox === "none" ? folderHint(signs) : sandboxHint(signs)) ?? imageHint(signs);
}

/** Outside of a sandbox and of containers there is no `/valohai`, on this machine as on the nodes of a cluster. */
function folderHint({ lines, environment }: FailureSigns): string | undefined {
  if (environment.container !== undefined || !lines.some((line) => ABSENT.test(line) && BELOW_VALOHAI.test(line)))
    return undefined;
  return "where the step ran there is no /valohai: name its folders by VH_INPUTS_DIR, VH_OUTPUTS_DIR, VH_CONFIG_DIR and VH_REPOSITORY_DIR (`headrace docs step-contract`)";
}

function imageHint({ lines, image, environment }: FailureSigns): string | undefined {
  // If a container ran the step, the record says which image it was.
  if (image === "" || environment.image !== undefined || !lines.some((line) => NOT_INSTALLED.test(line)))
    return undefined;
  return `the step ran with this machine's programs, not in its image ${image}: install here what it lacks, or run it in the image (\`headrace docs docker\`)`;
}

function sandboxHint({ lines, home }: FailureSigns): string | undefined {
  // The last line that fits tells what ended it.
  for (const line of lines.toReversed()) {
    if (SYSTEM_PACKAGES.test(line))
      return "a step on this machine installs no system packages: install them here yourself, or run it in an image (`headrace docs docker`)";
    if (READ_ONLY.test(line) && READ_ONLY_FILE.test(line))
      return "inputs are read-only, also by links to them: copy the file first, or write to /valohai/outputs";
    if (READ_ONLY.test(line))
      return "in its sandbox a step writes to /valohai/outputs, its folder, /tmp and its home; the machine's other files are read-only";
    if (MISSING.test(line) && home !== undefined && namesBelow(line, home))
      return "a step has a home of its own and sees little of yours: make the file an input, or show it with HEADRACE_STEPS_SEE (`headrace docs security`)";
  }
  return undefined;
}

function outsideHint({ path, ignoredBy }: OutsideCode): string {
  const why =
    ignoredBy === null ? "is no part of the code that ran" : `is no part of the code, since ${ignoredBy} names it`;
  return `${path} lies in the project's folder, but ${why}: make it an input of the step (\`headrace docs inputs\`)`;
}

/** Paths below the working folder that lines say are not there, the last first; whatever the language is. */
export function missingPaths(lines: readonly string[]): readonly string[] {
  const words = lines
    .toReversed()
    .flatMap((line) => (MISSING.test(line) ? line.split(/["'`‘’“”]|\s|:(?=\s|$)|[()[\],;<>]/) : []));
  const paths = words.map((word) => word.replace(/^\/valohai\/repository\//, "").replace(/^\.\//, ""));
  return [
    ...new Set(paths.filter((path) => /[./]/.test(path) && !/^[./]*$/.test(path) && !path.startsWith("/"))),
  ].slice(0, MOST_PATHS);
}

function namesBelow(line: string, folder: string): boolean {
  return folder !== "/" && line.includes(`${folder}/`);
}
