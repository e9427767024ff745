const DEFAULT_GRACE_S = 10;

/**
 * Returns the time that a step has to end after an interrupt, before it is killed. `HEADRACE_GRACE_S` changes it, e.g.
 * for steps that save large models.
 */
export function graceMs(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.HEADRACE_GRACE_S;
  const value = Number(text);
  const given = text !== undefined && text.trim() !== "" && Number.isFinite(value) && value >= 0;
  return (given ? value : DEFAULT_GRACE_S) * 1000;
}
