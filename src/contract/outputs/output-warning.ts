/**
 * A file in outputs that was not kept, or not as the step may have meant it. The step's result stands; the user is
 * told.
 */
export interface OutputWarning {
  /** Path below outputs; bytes that are no UTF-8 as `\xNN`. */
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

export function notKept(name: string, why: string, hint: string): OutputWarning {
  return { name, message: `output ${JSON.stringify(name)} was not kept: ${why}`, hint };
}

const MAX_WARNINGS = 100;

/** A step can make a million bad links; nobody reads more than some. */
export function limitWarnings(warnings: readonly OutputWarning[]): readonly OutputWarning[] {
  const more = warnings.length - MAX_WARNINGS;
  const last = warnings[MAX_WARNINGS];
  if (more <= 0 || last === undefined) return warnings;
  const message = `${more} more files in outputs were not kept, ${JSON.stringify(last.name)} the first of them`;
  return [
    ...warnings.slice(0, MAX_WARNINGS),
    { name: last.name, message, hint: "correct those named before; the others are likely of the same kind" },
  ];
}
