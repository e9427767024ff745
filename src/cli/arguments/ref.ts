/**
 * Returns true if a word names a run, an execution or a node (`12`, `#12`, `12.train`, `latest`), and nothing else that
 * an argument may be.
 */
export function isRef(word: string): boolean {
  return /^(?:[#=]?[1-9]\d*|latest)(?:\..+)?$/.test(word);
}
