import type { Locator, Problem } from "../report/problem.ts";

/** A YAML document as plain data: objects, arrays, scalars and `YamlTimestamp`. */
export interface YamlDocument {
  /** `undefined` when the file could not be read, `null` when it is empty. */
  readonly value: unknown;
  /** The problems of the YAML itself. */
  readonly problems: readonly Problem[];
  readonly locator: Locator;
}

/** Sets a key as data, whatever its name: a plain assignment of `__proto__` would change the object instead. */
export function setKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

/** A document that could not be read at all. */
export function unreadable(problem: Problem): YamlDocument {
  return { value: undefined, problems: [problem], locator: nowhere };
}

/** For documents without places: everything stands at the beginning. */
export const nowhere: Locator = () => () => ({ offset: 0, length: 1 });
