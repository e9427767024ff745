/** `45.select/scores.json`, `48/plots/*.png`: what a run, an execution or a node made, by its name there. */
export const FILE_NAME = /^(?<ref>(?:[#=]?[1-9]\d{0,14}|latest)(?:\.[^/]+)?)\/(?<name>.+)$/s;

/** Returns true if a text has the form of a file's short name; nothing says that there is such a file. */
export function isFileName(text: string): boolean {
  return FILE_NAME.test(text);
}

/** The same, or the address of one. */
export function isStoredFileName(text: string): boolean {
  return text.startsWith("datum://") || isFileName(text);
}
