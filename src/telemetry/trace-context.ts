import { createHash, randomBytes } from "node:crypto";

/** A place in a trace, as W3C Trace Context writes it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

const FORM = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

/** Undefined for a text that names no place: a header is anybody's. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, traceId = "", spanId = "", flags = ""] = FORM.exec(text?.trim() ?? "") ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

/** The id of a trace that begins with a run: the same in whatever process tells of it. */
export function traceIdOfRun(runId: string): string {
  return digest("run", runId).slice(0, 32);
}

/** The id of the span of a run, an execution, or a phase of one. */
export function spanIdOf(...parts: readonly string[]): string {
  return digest("span", ...parts).slice(0, 16);
}

/** A span of its own, such as that of a request. */
export function randomId(bytes: 8 | 16): string {
  return randomBytes(bytes).toString("hex");
}

/** By its id, so that every process decides alike. */
export function isInShare(traceId: string, share: number): boolean {
  return share >= 1 || Number.parseInt(traceId.slice(-13), 16) < share * 16 ** 13;
}

function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}
