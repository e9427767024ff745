import { DocumentKind } from "./document-kind.ts";
import { list, literal, number, object, optional, type Shape } from "./shape.ts";

/** Quantities that grow with what a step does: known as totals, told as so much a second. `cpu`: in processors. */
export type UseRate = "cpu" | "read" | "written" | "received" | "sent";
/** The others a step has at a moment; `gpu` in percent of each of its cards. */
export type UseQuantity = UseRate | "memory" | "gpu" | "gpuMemory";

/** The use of the machine by one execution. Disk and network in bytes, and bytes a second. */
export interface MachineUseRecord {
  /** The moments at which the step began, and was looked at last: milliseconds since the epoch. */
  readonly startedAt: number;
  readonly at: number;
  /** `machine`: the step has no network of its own, and what is told is that of all programs there. */
  readonly network?: "step" | "machine";
  /** Cards that it computed on. */
  readonly gpus?: number;
  /** The totals at the last look. */
  readonly totals: Readonly<Partial<Record<UseRate, number>>>;
  /** `sum` over `seconds`: their quotient is the mean. */
  readonly measures: Readonly<Partial<Record<UseQuantity, UseMeasure>>>;
  readonly series: UseSeriesRecord;
}

export interface UseMeasure {
  readonly peak: number;
  readonly sum: number;
  readonly seconds: number;
}

/** Values of the time up to each of `ends`, in seconds since the step began; null where nothing was known. */
export interface UseSeriesRecord {
  /** No point is shorter, save the last. */
  readonly widthS: number;
  readonly ends: readonly number[];
  readonly values: Readonly<Partial<Record<UseQuantity, readonly (number | null)[]>>>;
}

const measure = object<UseMeasure>({ peak: number, sum: number, seconds: number });
const value: Shape<number | null> = (each) => (each === null ? undefined : number(each));
const values = optional(list(value));
const total = optional(number);
const measured = optional(measure);

export const MACHINE_USE = new DocumentKind<MachineUseRecord>(
  "machine use",
  object<MachineUseRecord>({
    startedAt: number,
    at: number,
    network: optional(literal("step", "machine")),
    gpus: total,
    totals: object({ cpu: total, read: total, written: total, received: total, sent: total }),
    measures: object({
      ...{ cpu: measured, read: measured, written: measured, received: measured, sent: measured },
      ...{ memory: measured, gpu: measured, gpuMemory: measured },
    }),
    series: object<UseSeriesRecord>({
      widthS: number,
      ends: list(number),
      values: object({
        ...{ cpu: values, read: values, written: values, received: values, sent: values },
        ...{ memory: values, gpu: values, gpuMemory: values },
      }),
    }),
  }),
);
