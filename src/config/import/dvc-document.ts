import { parseDocument } from "yaml";
import { HeadraceError } from "../../errors.ts";

export type Mapping = Readonly<Record<string, unknown>>;

/** A text as a mapping with keys of its own only. Throws HR_CONFIG_INVALID with the place of what is wrong. */
export function readDvcYaml(text: string, file: string): Mapping {
  const value = parseYaml(text, file);
  if (value === null || value === undefined) return {};
  if (!isMapping(value)) {
    throw new HeadraceError("HR_CONFIG_INVALID", `${file}: a mapping is expected, with keys such as \`stages\``, {
      hint: "give the path of a dvc.yaml",
    });
  }
  return value;
}

/** Parses YAML (and so JSON), refusing what would not be plain data. */
export function parseYaml(text: string, file: string): unknown {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true, logLevel: "error" });
  const [error] = document.errors;
  if (error !== undefined) {
    const place = error.linePos === undefined ? file : `${file}:${error.linePos[0].line}:${error.linePos[0].col}`;
    const [what = ""] = error.message.split(/ at line \d+|\n/);
    throw new HeadraceError("HR_CONFIG_INVALID", `${place}: ${what}`, {
      hint: "DVC cannot read this file either; mend the YAML first",
    });
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    // The one failure left: aliases that multiply beyond all bounds.
    throw new HeadraceError("HR_CONFIG_INVALID", `${file}: its aliases expand beyond all bounds`, { cause });
  }
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own property, or undefined: YAML keys such as `constructor` must not find anything of JavaScript's. */
export function own(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** A value as a list: absent is empty, a single item is a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
