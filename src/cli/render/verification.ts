import type { VerificationView } from "../../api/index.ts";
import { formatSize, grouped, plural } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine } from "../terminal/width.ts";

type Problem = VerificationView["problems"][number];

const SHOWN_PROBLEMS = 50;
const SHOWN_USES = 5;

/** `headrace verify`: what is bad, and where it stands in the records. */
export function renderVerification(
  { files, sizeBytes, problems, quick }: VerificationView,
  style: Style,
): readonly string[] {
  const all = `${plural(files, "file")} (${formatSize(sizeBytes)})`;
  if (problems.length === 0)
    return [`${style.green("✓")} ${all} ${quick ? "are there, with their sizes" : "are as they were recorded"}`];
  const lines = problems.slice(0, SHOWN_PROBLEMS).flatMap((problem) => problemLines(problem, style));
  const more = problems.length - SHOWN_PROBLEMS;
  return [
    ...lines,
    ...(more > 0 ? [style.dim(`and ${grouped(more)} more; --json has them all`)] : []),
    "",
    `${style.red("✗")} ${plural(problems.length, "file")} of ${all} cannot be used`,
    ...mends(problems, style),
  ];
}

function problemLines({ sha256, problem, sizeBytes, uses }: Problem, style: Style): readonly string[] {
  const size = sizeBytes === null ? "" : ` ${style.dim(`(${formatSize(sizeBytes)})`)}`;
  const shown = uses.slice(0, SHOWN_USES).map(({ kind, run, execution, node, name }) => {
    const where = [
      run === null ? "" : `run ${run}`,
      node === null ? "" : `${node}${execution === null ? "" : ` (${execution})`}`,
    ];
    return `    ${kind} ${oneLine(name)} ${style.dim(`of ${where.filter((part) => part !== "").join(", ")}`)}`;
  });
  const more = uses.length > SHOWN_USES ? [style.dim(`    and ${uses.length - SHOWN_USES} more places`)] : [];
  return [`${style.red(problem)} ${sha256}${size}`, ...shown, ...more];
}

function mends(problems: readonly Problem[], style: Style): readonly string[] {
  const has = (wanted: Problem["problem"]): boolean => problems.some(({ problem }) => problem === wanted);
  const hint = (text: string): string => `${style.bold(style.cyan("hint:"))} ${text}`;
  return [
    ...(has("missing") || has("damaged")
      ? [hint("bring the files back from a backup, or run again the steps that made them (`headrace run … --fresh`)")]
      : []),
    ...(has("damaged")
      ? [
          hint(
            "a damaged file is not handed out: what needs it fails until it is mended. Check the disk, too (dmesg, smartctl)",
          ),
        ]
      : []),
    ...(has("unreadable") ? [hint("make the files readable for the user who runs Headrace")] : []),
  ];
}
