import type { Report } from "../build/report.ts";
import type { PlacedStep } from "../build/step.ts";
import type { Placed } from "../build/unique.ts";
import { splitCodePattern } from "../code-key.ts";
import { notebookOf } from "../command/notebook-line.ts";
import { unpinnedInstalls } from "../command/unpinned-installs.ts";
import type { PythonSpec } from "../model.ts";
import { commandPath } from "./command.ts";

/**
 * `python train.py`, `bash -x scripts/run.sh`, `./run.sh`, `pip install -r requirements.txt`: what is sure to be a file
 * of the project.
 */
const SCRIPT =
  /(?:^|[\s;&|(])(?:(?:python[\d.]*|bash|sh|zsh|Rscript|node|julia|perl|ruby)(?:\s+-[A-Za-z]+)*\s+|pip[\d.]*\s+install\s+(?:\S+\s+)*?(?:-r|--requirement)[ =]|papermill\s+|nbconvert\s+(?:--?[\w-]+(?:=\S+|\s+(?:notebook|html|pdf|script|markdown))?\s+)*)((?:\.\/)?[\w][\w./-]*\.(?:py|sh|bash|R|r|jl|js|mjs|pl|rb|txt|ipynb))(?=$|[\s;&|)])|(?:^|[\s;&|(])(\.\/[\w][\w./-]*)(?=$|[\s;&|)])/g;

/** After these the working directory or its files are no longer those of the project. */
const CHANGES_FILES =
  /(?:^|[\s;&|(])(?:cd|pushd|git\s+clone|wget|curl|tar|unzip|cp|mv|ln|aws|gsutil|make|cmake|npm|dvc)\s/;

/**
 * Only the beginning of a command is looked at: what comes later mostly uses what came before, and a megabyte of it has
 * to stay cheap.
 */
const MAX_CHARACTERS = 10_000;

/**
 * Warns of script files that a command names and the project does not have; silent where the command may have made them
 * itself.
 */
export function lintFiles(placed: PlacedStep, fileExists: (path: string) => boolean, report: Report): void {
  let before = "";
  for (const [index, line] of placed.value.command.entries()) {
    if (before.length + line.length > MAX_CHARACTERS) break;
    for (const file of missingNotebooks(line, before, fileExists)) {
      report(
        "missing-file",
        commandPath(placed, index),
        `the command runs \`${file}\`, and the project has no such file`,
      );
    }
    for (const match of line.matchAll(SCRIPT)) {
      const earlier = before + line.slice(0, match.index);
      if (CHANGES_FILES.test(earlier)) return;
      if (match[2]?.endsWith(".ipynb") === true) continue;
      const file = (match[1] ?? match[2] ?? "").replace(/^\.\//, "");
      if (earlier.includes(file) || leavesProject(file) || fileExists(file)) continue;
      report(
        "missing-file",
        commandPath(placed, index),
        `the command runs \`${file}\`, and the project has no such file`,
      );
    }
    before += `${line}\n`;
  }
}

/** Returns the missing notebooks, of those that are the program of a line. */
function missingNotebooks(text: string, before: string, fileExists: (path: string) => boolean): readonly string[] {
  let earlier = before;
  return text.split("\n").flatMap((line) => {
    const file = notebookOf(line)?.replace(/^\.\//, "");
    const isMissing =
      file !== undefined &&
      !CHANGES_FILES.test(earlier) &&
      !earlier.includes(file) &&
      !leavesProject(file) &&
      !fileExists(file);
    earlier += `${line}\n`;
    return isMissing ? [file] : [];
  });
}

/**
 * Warns of an input's default that is a path of the project where nothing lies. Only a run can tell what a pattern
 * finds.
 */
export function lintInputFiles(
  { value: step, path }: PlacedStep,
  fileExists: (path: string) => boolean,
  report: Report,
): void {
  for (const [index, input] of step.inputs.entries()) {
    for (const uri of input.default) {
      if (!isPlainPath(uri) || leavesProject(uri) || fileExists(uri)) continue;
      const message = `the input \`${input.name}\` takes \`${uri}\`, and the project has no such file or folder`;
      report("missing-file", [...path, "inputs", index, "default"], message, { mark: "key" });
    }
  }
}

function isPlainPath(uri: string): boolean {
  return uri.trim() !== "" && !/^(?:[a-z][a-z0-9+.-]*:|~)/i.test(uri) && !/[*?[\]{}$]/.test(uri);
}

/** Warns of a requirements file that the project does not have. */
export function lintRequirements(
  { value, path }: Placed<{ readonly python?: PythonSpec }>,
  fileExists: (path: string) => boolean,
  report: Report,
): void {
  const file = value.python?.requirements;
  if (file === undefined || leavesProject(file) || fileExists(file)) return;
  report(
    "missing-file",
    [...path, "python", "requirements"],
    `\`python\` names the file \`${file}\`, and the project has no such file`,
  );
}

/** Warns of patterns for the code that counts which match no file: what they were meant to name then does not count. */
export function lintCodePatterns(
  { value: step, path }: PlacedStep,
  matchesCode: (pattern: string) => boolean,
  report: Report,
): void {
  const code = step.reuse?.code;
  if (code === undefined || typeof code === "string") return;
  if (code.length === 0)
    report(
      "unmatched-pattern",
      [...path, "reuse", "code"],
      "`reuse: {code: []}` names no file, so that a run refuses it",
    );
  for (const [index, pattern] of code.entries()) {
    if (matchesCode(pattern)) continue;
    const what =
      splitCodePattern(pattern).key === undefined
        ? "no file of the project matches it"
        : "the project has no such file, or no such key in it";
    report("unmatched-pattern", [...path, "reuse", "code", index], `\`reuse\` names \`${pattern}\`, and ${what}`);
  }
}

/** Warns of commands that install whatever version there is: reuse cannot know that another day would bring another. */
export function lintInstalls(placed: PlacedStep, report: Report): void {
  for (const [index, line] of placed.value.command.entries()) {
    const names = unpinnedInstalls([line]);
    if (names.length === 0) continue;
    const message = `the command installs packages without a version (${shownNames(names)}): the step may give another result another day`;
    report("unpinned-packages", commandPath(placed, index), message, {
      hint: "give each a version; Python packages can come by `python:` of the step",
    });
  }
}

function shownNames(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}

function leavesProject(file: string): boolean {
  return file.startsWith("/") || file.split("/").includes("..");
}
