/**
 * An exponential moving average, corrected for its beginning. `weight` is that of what came before: 0 leaves the
 * values as they are.
 */
export function smoothed(values: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...values];
  const kept = Math.min(weight, 0.999);
  let sum = 0;
  let share = 1;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    sum = sum * kept + (1 - kept) * value;
    share *= kept;
    return sum / (1 - share);
  });
}
