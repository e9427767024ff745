import type { CST } from "yaml";
import type { Problem, Span } from "../report/problem.ts";
import { MAX_DEPTH } from "./limits.ts";

interface Open {
  readonly token: CST.Token;
  readonly depth: number;
}

/**
 * The first place that is nested too deeply. Walks without recursion, before anything that recurses sees the tokens.
 */
export function depthProblem(tokens: readonly CST.Token[]): Problem | undefined {
  const open: Open[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if ("items" in next.token && next.depth >= MAX_DEPTH) return tooDeep({ offset: next.token.offset, length: 1 });
    pushChildren(open, next);
  }
  return undefined;
}

export function tooDeep(mark: Span): Problem {
  return {
    code: "too-deep",
    message: `nested more than ${MAX_DEPTH} levels deep; the format needs eight`,
    path: [],
    mark,
  };
}

function pushChildren(open: Open[], { token, depth }: Open): void {
  if (token.type === "document") {
    if (token.value !== undefined) open.push({ token: token.value, depth });
    return;
  }
  if (!("items" in token)) return;
  for (const item of token.items) {
    if ("key" in item && item.key) open.push({ token: item.key, depth: depth + 1 });
    if (item.value !== undefined) open.push({ token: item.value, depth: depth + 1 });
  }
}
