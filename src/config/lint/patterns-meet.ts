/** Longer patterns are taken to meet: comparing them would cost more than the warning is worth. */
const MAX_LENGTH = 500;

/**
 * Returns true if some file name could match both patterns, where `*` stands for any characters, `?` for one, and `[…]`
 * for one. In doubt the answer is yes.
 */
export function patternsMeet(a: string, b: string): boolean {
  if (a === b || a.length > MAX_LENGTH || b.length > MAX_LENGTH) return true;
  const left = simplified(a);
  const right = simplified(b);
  // reachable[j]: whether left[..i] and right[..j] can describe the same text.
  let reachable = firstRow(right);
  for (const char of left) {
    const next = [char === "*" && reachable[0] === true];
    for (let j = 1; j <= right.length; j++) {
      const other = right[j - 1];
      const diagonal =
        reachable[j - 1] === true && (char === other || char === "?" || other === "?" || char === "*" || other === "*");
      const skipsLeft = char === "*" && reachable[j] === true;
      const leftSwallows = char === "*" && next[j - 1] === true;
      const rightSwallows = other === "*" && reachable[j] === true;
      const skipsRight = other === "*" && next[j - 1] === true;
      next[j] = diagonal || skipsLeft || leftSwallows || rightSwallows || skipsRight;
    }
    reachable = next;
  }
  return reachable[right.length] === true;
}

function firstRow(pattern: string): boolean[] {
  const row = [true];
  for (const char of pattern) row.push(row.at(-1) === true && char === "*");
  return row;
}

/** A class of characters is as good as any one character here. */
function simplified(pattern: string): string {
  return pattern.replace(/\[!?\]?[^\]]*\]/g, "?").replace(/\*+/g, "*");
}
