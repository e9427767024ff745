import type { Examination, Finding } from "../../api/index.ts";
import { inCommands } from "../advice.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine } from "../terminal/width.ts";

/** `headrace doctor`: a line for each thing, and below it what to do. */
export function renderExamination({ healthy, findings }: Examination, style: Style): readonly string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap((finding) => {
    const [first = "", ...rest] = finding.found.split("\n");
    return [
      `${mark(finding, style)} ${finding.check.padEnd(width)}  ${oneLine(first)}`,
      ...rest.map((line) => `  ${"".padEnd(width)}  ${oneLine(line)}`),
      ...(finding.mend === null
        ? []
        : [`  ${"".padEnd(width)}  ${style.cyan("→")} ${oneLine(inCommands(finding.advice))}`]),
    ];
  });
  const broken = findings.filter(({ state }) => state === "broken").map(({ check }) => check);
  return [
    ...lines,
    "",
    healthy ? `${style.green("✓")} ready to run` : `${style.red("✗")} broken: ${broken.join(", ")}`,
  ];
}

function mark({ state }: Finding, style: Style): string {
  switch (state) {
    case "ok":
      return style.green("✓");
    case "absent":
      return style.dim("○");
    case "warning":
      return style.yellow("!");
    case "unknown":
      return style.yellow("?");
    case "broken":
      return style.red("✗");
  }
}
