import type { UseReading } from "../../executors/index.ts";
import type { MachineUseRecord, UseMeasure, UseQuantity, UseRate } from "../../store/index.ts";

/** More points tell nobody more, and a step may run for weeks. */
const MOST_POINTS = 240;
const FIRST_WIDTH_S = 2;
/** Looks are never exactly apart: so much of a point's width makes it whole. */
const FULL = 0.75;
const RATES: readonly UseRate[] = ["cpu", "read", "written", "received", "sent"];
/** If two points are merged into one, the greater value counts: a reader wants to know if it would have fitted. */
const HIGHEST: ReadonlySet<UseQuantity> = new Set(["memory", "gpuMemory"]);

type Values = Readonly<Partial<Record<UseQuantity, number>>>;

/** One point of the series while it is worked with. */
interface Point {
  readonly endS: number;
  readonly values: Values;
}

/** Nothing is known yet of a step that began then. */
export function beginUse(startedAt: number): MachineUseRecord {
  return {
    ...{ startedAt, at: startedAt, totals: {}, measures: {} },
    series: { widthS: FIRST_WIDTH_S, ends: [], values: {} },
  };
}

/**
 * The use of one step, reading by reading. Totals tell of the time since the reading before, whoever took that one: an
 * engine that takes a step over leaves no hole in a mean. A total that has become less (a process has ended that nobody
 * waited for) tells nothing of that time.
 */
export class UseSeries {
  readonly #measures: Partial<Record<UseQuantity, UseMeasure>>;
  #known: Omit<MachineUseRecord, "measures" | "series">;
  #points: Point[];
  #widthS: number;

  constructor({ measures, series, ...known }: MachineUseRecord) {
    this.#measures = { ...measures };
    this.#known = known;
    this.#points = pointsOf(series);
    this.#widthS = series.widthS;
  }

  /** The moment of the last reading; the beginning of the step if there was none. */
  get at(): number {
    return this.#known.at;
  }

  add(reading: UseReading): void {
    const known = this.#known;
    const seconds = (reading.at - known.at) / 1000;
    // Two clocks, or one that was set back.
    if (seconds <= 0) return;
    const values = valuesOf(known.totals, reading, seconds);
    for (const [quantity, value] of entriesOf(values)) {
      const { peak, sum, seconds: before } = this.#measures[quantity] ?? { peak: 0, sum: 0, seconds: 0 };
      this.#measures[quantity] = { peak: Math.max(peak, value), sum: sum + value * seconds, seconds: before + seconds };
    }
    const gpus = Math.max(known.gpus ?? 0, reading.gpus?.count ?? 0);
    this.#known = {
      ...{ startedAt: known.startedAt, at: reading.at, totals: { ...known.totals, ...reading.totals } },
      ...(gpus === 0 ? {} : { gpus }),
      ...networkOf(known, reading),
    };
    this.#addPoint({ endS: rounded((reading.at - known.startedAt) / 1000), values });
  }

  record(): MachineUseRecord {
    return { ...this.#known, measures: { ...this.#measures }, series: seriesOf(this.#points, this.#widthS) };
  }

  #addPoint(point: Point): void {
    const points = this.#points;
    const last = points.at(-1);
    const beginS = points.at(-2)?.endS ?? 0;
    if (last === undefined || last.endS - beginS > this.#widthS * FULL) points.push(point);
    else points[points.length - 1] = merged(beginS, last, point);
    while (this.#points.length > MOST_POINTS) {
      this.#points = pairs(this.#points);
      this.#widthS *= 2;
    }
  }
}

function valuesOf(totals: MachineUseRecord["totals"], reading: UseReading, seconds: number): Values {
  const values: Partial<Record<UseQuantity, number>> = {};
  for (const rate of RATES) {
    const [before, now] = [totals[rate] ?? firstTotal(rate, reading), reading.totals[rate]];
    if (before !== undefined && now !== undefined && now >= before) values[rate] = rounded((now - before) / seconds);
  }
  if (reading.memory !== undefined) values.memory = reading.memory;
  if (reading.gpus === undefined) return values;
  return { ...values, gpu: rounded(reading.gpus.percent), gpuMemory: reading.gpus.memory };
}

/** A step begins at 0; a network that others use as well has passed much before. */
function firstTotal(rate: UseRate, { network }: UseReading): number | undefined {
  const isOfNetwork = rate === "received" || rate === "sent";
  return isOfNetwork && network !== "step" ? undefined : 0;
}

function networkOf(known: Pick<MachineUseRecord, "network">, { network = known.network }: UseReading) {
  return network === undefined ? {} : { network };
}

function pairs(points: readonly Point[]): Point[] {
  const joined: Point[] = [];
  for (let index = 0; index < points.length; index += 2) {
    const [first, second] = [points[index], points[index + 1]];
    if (first !== undefined)
      joined.push(second === undefined ? first : merged(points[index - 1]?.endS ?? 0, first, second));
  }
  return joined;
}

function merged(beginS: number, first: Point, second: Point): Point {
  const values: Partial<Record<UseQuantity, number>> = { ...first.values, ...second.values };
  const [before, after] = [first.endS - beginS, second.endS - first.endS];
  for (const [quantity, value] of entriesOf(second.values)) {
    const other = first.values[quantity];
    if (other === undefined) continue;
    values[quantity] = HIGHEST.has(quantity)
      ? Math.max(other, value)
      : rounded((other * before + value * after) / (before + after));
  }
  return { endS: second.endS, values };
}

function pointsOf({ ends, values }: MachineUseRecord["series"]): Point[] {
  const quantities = Object.entries(values) as [UseQuantity, readonly (number | null)[]][];
  return ends.map((endS, index) => ({
    endS,
    values: Object.fromEntries(
      quantities.flatMap(([name, list]) => {
        const value = list[index] ?? null;
        return value === null ? [] : [[name, value]];
      }),
    ),
  }));
}

function seriesOf(points: readonly Point[], widthS: number): MachineUseRecord["series"] {
  const known = new Set(points.flatMap(({ values }) => Object.keys(values) as UseQuantity[]));
  const values = [...known].map((quantity) => [quantity, points.map((point) => point.values[quantity] ?? null)]);
  return { widthS, ends: points.map(({ endS }) => endS), values: Object.fromEntries(values) };
}

function entriesOf(values: Values): readonly (readonly [UseQuantity, number])[] {
  return Object.entries(values) as [UseQuantity, number][];
}

/** Thousandths are as much as these figures are worth. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
