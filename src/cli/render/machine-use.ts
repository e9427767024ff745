import type { MachineUseView } from "../../api/index.ts";
import { formatSize, plural } from "../../views/index.ts";
import { renderTable } from "../terminal/table.ts";
import type { DetailContext } from "./run-detail.ts";

type Quantity = Exclude<keyof MachineUseView["series"], "ends">;

/** Columns of the line that shows the course. */
const COURSE_WIDTH = 30;
const BARS = "▁▂▃▄▅▆▇█";

/** The quantities that are shown of an execution, and how their figures are written. */
const ROWS: readonly (readonly [name: string, quantity: Quantity, format: (value: number) => string])[] = [
  ["processors", "cpu", (value) => value.toFixed(2)],
  ["memory", "memory", formatSize],
  ["disk, read", "read", perSecond],
  ["disk, written", "written", perSecond],
  ["network, received", "received", perSecond],
  ["network, sent", "sent", perSecond],
  ["cards busy", "gpu", (value) => `${value.toFixed(0)} %`],
  ["memory of cards", "gpuMemory", formatSize],
];

/** A line for each quantity: mean, peak, and its course as a row of bars. Nothing where nothing was noted. */
export function renderMachineUse(use: MachineUseView | null, { width, style }: DetailContext): readonly string[] {
  if (use === null) return [];
  const rows = ROWS.flatMap(([name, quantity, format]) => {
    const measure = use[quantity];
    if (measure === null) return [];
    return [[name, format(measure.mean), format(measure.peak), barsOf(use.series[quantity] ?? [])]];
  });
  const columns = [
    { header: "" },
    { header: "MEAN", align: "right" as const },
    { header: "PEAK", align: "right" as const },
    { header: "COURSE" },
  ];
  return [
    ...renderTable(columns, rows, { width: width - 4, style }),
    ...remarks(use).map((remark) => style.dim(remark)),
  ];
}

function remarks({ gpus, network, received }: MachineUseView): readonly string[] {
  return [
    ...(gpus > 0 ? [`on ${plural(gpus, "card")}`] : []),
    ...(network === "machine" && received !== null
      ? ["the network is that of the whole machine: the step had none of its own"]
      : []),
  ];
}

/** `▁▁▃▇█▇`, from 0 to the greatest; a blank where nothing was known. */
export function barsOf(values: readonly (number | null)[], width = COURSE_WIDTH): string {
  const columns = Math.min(width, values.length);
  const greatest = Math.max(0, ...values.map((value) => value ?? 0));
  return Array.from({ length: columns }, (_, column) => {
    const [from, to] = [column, column + 1].map((each) => Math.floor((each * values.length) / columns));
    const known = values.slice(from, to).filter((value) => value !== null);
    if (known.length === 0) return " ";
    const height = greatest === 0 ? 0 : Math.max(...known) / greatest;
    return BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))] ?? "";
  }).join("");
}

function perSecond(value: number): string {
  return `${formatSize(value)}/s`;
}
