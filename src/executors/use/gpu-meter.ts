import { execFile } from "node:child_process";
import { findProgram } from "../../ask-program.ts";
import type { GpuUse } from "./use-reading.ts";

const PATIENCE_MS = 10_000;
/** A machine without the program, or whose driver does not answer, is asked again after so long. */
const AGAIN_MS = 300_000;
const MIB = 1024 * 1024;

/** A card at a moment. */
interface CardUse {
  readonly index: string;
  readonly uuid: string;
  readonly percent: number;
  readonly memory: number;
}

/** The cards of a step, by the names of those that it was given and by its processes. */
export type GpusOfStep = (given: readonly string[], pids: readonly number[]) => GpuUse | undefined;

interface CardsAtWork {
  readonly cards: readonly CardUse[];
  /** Ids of the cards that a process computes on. */
  readonly byProcess: ReadonlyMap<number, readonly string[]>;
}

/** Asks `nvidia-smi` what the cards of this machine do, for all steps of this process at once. */
export class GpuMeter {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #monotonic: () => number;
  #silentUntil = Number.NEGATIVE_INFINITY;

  constructor(environment: Readonly<Record<string, string | undefined>>, monotonic: () => number) {
    this.#environment = environment;
    this.#monotonic = monotonic;
  }

  /** Undefined where nobody answers. */
  async look(): Promise<GpusOfStep | undefined> {
    if (this.#monotonic() < this.#silentUntil) return undefined;
    const cards = parseCards((await this.#ask("--query-gpu=index,uuid,utilization.gpu,memory.used")) ?? "");
    if (cards.length === 0) {
      this.#silentUntil = this.#monotonic() + AGAIN_MS;
      return undefined;
    }
    const byProcess = parseProcesses((await this.#ask("--query-compute-apps=pid,gpu_uuid")) ?? "");
    return (given, pids) => gpusOf({ cards, byProcess }, given, pids);
  }

  #ask(query: string): Promise<string | undefined> {
    const path = this.#environment.PATH ?? "";
    const program = findProgram("nvidia-smi", path) ?? findProgram("nvidia-smi", "/usr/bin:/usr/lib/wsl/lib");
    if (program === undefined) return Promise.resolve(undefined);
    const options = {
      timeout: PATIENCE_MS,
      cwd: "/",
      env: { PATH: path, LC_ALL: "C" },
      killSignal: "SIGKILL" as const,
    };
    return new Promise((resolve) => {
      execFile(program, [query, "--format=csv,noheader,nounits"], options, (error, stdout) =>
        resolve(error === null ? stdout : undefined),
      );
    });
  }
}

/** `0, GPU-8e5f…, 37, 1024`; a card that cannot tell (`[N/A]`, as one that is divided) is left out. */
export function parseCards(text: string): readonly CardUse[] {
  return rowsOf(text).flatMap(([index = "", uuid = "", percent, memory]) =>
    isFigure(percent) && isFigure(memory)
      ? [{ index, uuid, percent: Number(percent), memory: Number(memory) * MIB }]
      : [],
  );
}

/** `1234, GPU-8e5f…` */
export function parseProcesses(text: string): ReadonlyMap<number, readonly string[]> {
  const pairs = rowsOf(text).filter(([pid]) => isFigure(pid));
  return new Map(
    [...Map.groupBy(pairs, ([pid]) => Number(pid))].map(([pid, rows]) => [pid, rows.map(([, uuid = ""]) => uuid)]),
  );
}

/**
 * The cards of a step: those that it was given, else those that its processes compute on. Undefined where there are
 * none.
 */
export function gpusOf(
  { cards, byProcess }: CardsAtWork,
  given: readonly string[],
  pids: readonly number[],
): GpuUse | undefined {
  const names = new Set(given.length > 0 ? given : pids.flatMap((pid) => byProcess.get(pid) ?? []));
  const own = cards.filter(({ index, uuid }) => names.has(index) || names.has(uuid));
  if (own.length === 0) return undefined;
  const sum = (of: (card: CardUse) => number): number => own.reduce((total, card) => total + of(card), 0);
  return {
    count: own.length,
    percent: sum(({ percent }) => percent) / own.length,
    memory: sum(({ memory }) => memory),
  };
}

function rowsOf(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.split(",").map((cell) => cell.trim()));
}

function isFigure(text: string | undefined): text is string {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text);
}
