import type { Locator } from "../report/problem.ts";
import { readBlockStyle } from "./block-reader.ts";
import { tooDeep } from "./depth.ts";
import { readGeneralYaml } from "./general-reader.ts";
import { MAX_GENERAL_CHARACTERS } from "./limits.ts";
import { NotPlainBlockStyle } from "./line-cursor.ts";
import { Places } from "./places.ts";
import { unreadable, type YamlDocument } from "./yaml-document.ts";

/** Reads a YAML 1.1 document as Python's `yaml.safe_load` does. */
export function readYaml(text: string): YamlDocument {
  try {
    return { value: readBlockStyle(text), problems: [], locator: blockLocator(text) };
  } catch (error) {
    if (!(error instanceof NotPlainBlockStyle)) throw error;
    if (error.isTooDeep) return unreadable(tooDeep({ offset: error.offset, length: 1 }));
    return text.length > MAX_GENERAL_CHARACTERS ? tooLarge(text, error) : readGeneralYaml(text);
  }
}

/** Reads the text a second time, now with places, as far as somebody asks for them. */
function blockLocator(text: string): Locator {
  return (paths) => {
    const places = new Places();
    const lastIndex = paths.reduce((last, [index]) => (typeof index === "number" ? Math.max(last, index) : last), 0);
    const root = readBlockStyle(text, { places, lastIndex });
    return places.locator(root, { offset: Math.max(0, text.search(/\S/)), length: 1 });
  };
}

function tooLarge(text: string, { offset, what }: NotPlainBlockStyle): YamlDocument {
  const size = (text.length / 1_000_000).toFixed(1);
  const limit = (MAX_GENERAL_CHARACTERS / 1_000_000).toFixed(1);
  const message = `the file has ${size} million characters, and above ${limit} million only plain block style is read; here stands ${what}`;
  return unreadable({ code: "too-large", message, path: [], mark: { offset, length: 1 } });
}
