/** The longest name of the usual file systems. */
const MAX_NAME_BYTES = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a file's name
const CONTROL = /[\u0000-\u001f\u007f]/g;

/**
 * A file name out of what a stranger calls a file: the part after the last slash or backslash, without control
 * characters, cut to the length that file systems take (the ending stays). Undefined when nothing usable is left.
 */
export function safeFileName(text: string): string | undefined {
  const name = (text.split(/[/\\]/).at(-1) ?? "").toWellFormed().replace(CONTROL, "").trim();
  if (name === "" || name === "." || name === "..") return undefined;
  return shorten(name);
}

/** The same for a folder within a path, where slashes are replaced, since the part may not fall away. */
export function safeFolderName(text: string): string {
  return safeFileName(text.replace(/[/\\]/g, "_")) ?? "_";
}

/** Decodes `%41`; a text that is not correctly encoded stays as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 32 ? name.slice(dot) : "";
  let stem = "";
  let room = MAX_NAME_BYTES - Buffer.byteLength(ending);
  for (const character of name.slice(0, name.length - ending.length)) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    stem += character;
  }
  return stem + ending;
}
