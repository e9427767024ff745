/**
 * Colours and the like, and erasing the rest of a line (progress bars do): these change how a text looks and nothing
 * else.
 */
const LOOKS = String.raw`\u001b\[[\d;:]*[mK]`;
/**
 * Titles, links, clipboard (OSC), device strings (DCS, APC, PM, SOS), up to their end or the line's; cursor and screen
 * (CSI); single ones.
 */
const SEQUENCE = String.raw`\u001b[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|\u001b\[[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-Z\\-~]?`;
const CONTROL = String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]`;
/** They make a text read otherwise than it is written (CVE-2021-42574). */
const BIDI = String.raw`[\u202a-\u202e\u2066-\u2069]`;

const BIDI_ANYWHERE = new RegExp(BIDI, "g");
const PATTERN = new RegExp(`(${LOOKS})|${SEQUENCE}|${CONTROL}|${BIDI}`, "g");
const SUSPECT = new RegExp(`\\u001b|${CONTROL}|${BIDI}`);

/**
 * Text for a terminal without what could take it over: names and logs come from strangers, and a terminal obeys
 * sequences that set the clipboard, change its title or answer as if the user had typed. Line ends, tabs and colours
 * stay.
 */
export function harmless(text: string): string {
  return SUSPECT.test(text) ? text.replace(PATTERN, (_, looks: string | undefined) => looks ?? "") : text;
}

/**
 * For a pipe: colours and the like are its reader's business, but a name must not read otherwise than it is written.
 */
export function withoutBidi(text: string): string {
  return text.replace(BIDI_ANYWHERE, "");
}

/** JSON that says the same and in which nothing reads otherwise than it is written. */
export function escapeBidi(json: string): string {
  return json.replace(BIDI_ANYWHERE, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}
