interface ProblemJson {
  readonly detail?: string;
  readonly code?: string;
  readonly hint?: string | null;
  readonly details?: readonly string[];
  readonly requestId?: string;
}

/** A refusal of the server, in its words, or a server that could not be reached. */
export class Problem extends Error {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(status: number, { detail, code, hint, details }: ProblemJson, cause?: unknown) {
    super(detail ?? `the server answered ${status}`, { cause });
    this.name = "Problem";
    this.status = status;
    this.code = code ?? "HR_INTERNAL";
    this.hint = hint ?? undefined;
    this.details = details ?? [];
  }

  static unreachable(cause: unknown): Problem {
    const detail = "the server does not answer";
    return new Problem(0, { detail, code: "HR_SYSTEM", hint: "check that it runs, and try again" }, cause);
  }

  static async of(response: Response): Promise<Problem> {
    try {
      return new Problem(response.status, (await response.json()) as ProblemJson);
    } catch {
      // A proxy before the server answers with pages of its own.
      return new Problem(response.status, {});
    }
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, { detail: error instanceof Error ? error.message : String(error) }, error);
}
