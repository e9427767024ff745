/**
 * Texts longer than this are refused before they are read: conditions are one line, everything else is an accident or
 * an attack.
 */
export const MAX_TEXT_LENGTH = 4000;
/** Nesting of the syntax tree: the evaluator recurses, and a few dozen levels are more than any condition needs. */
export const MAX_DEPTH = 64;
/** Longest text that evaluation may build; `"a" * 10**9` must not take the machine's memory. */
export const MAX_STRING_LENGTH = 10_000;
