import { HeadraceError } from "../../errors.ts";
import { isMapping, listOf, type Mapping, own, parseYaml, readDvcYaml } from "./dvc-document.ts";
import type { TemplateContext } from "./template.ts";

const DEFAULT_FILE = "params.yaml";

/** The files whose values `${…}` in a dvc.yaml may name, so that a caller knows which to hand to `importDvc`. */
export function dvcVariableFiles(text: string): readonly string[] {
  const document = readDvcYaml(text, "dvc.yaml");
  const stages = own(document, "stages");
  const ofStages = isMapping(stages)
    ? Object.values(stages).flatMap((stage) => (isMapping(stage) ? listOf(own(stage, "vars")) : []))
    : [];
  const files = [...listOf(own(document, "vars")), ...ofStages].flatMap((item) =>
    typeof item === "string" ? [splitFile(item).file] : [],
  );
  return [...new Set([DEFAULT_FILE, ...files])];
}

/** Reads the `vars` of the file or of a stage; without a word of its own, `params.yaml` counts. */
export class DvcVariables {
  readonly #files: ReadonlyMap<string, string>;
  readonly #note: (text: string) => void;

  constructor(files: Readonly<Record<string, string>>, note: (text: string) => void) {
    this.#files = new Map(Object.entries(files));
    this.#note = note;
  }

  /** Returns the variables that all stages see. */
  shared(vars: unknown): TemplateContext {
    const fallback = this.#files.has(DEFAULT_FILE) ? [this.#readFile(DEFAULT_FILE)] : [];
    return [...fallback, ...this.own(vars)];
  }

  own(vars: unknown): TemplateContext {
    return listOf(vars).flatMap((item) => {
      if (isMapping(item)) return [item];
      return typeof item === "string" ? [this.#fromFile(item)] : [];
    });
  }

  #fromFile(item: string): Mapping {
    const { file, keys } = splitFile(item);
    const values = this.#readFile(file);
    if (keys.length === 0) return values;
    return Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(values, key) ? [[key, values[key]]] : [])));
  }

  #readFile(file: string): Mapping {
    const text = this.#files.get(file);
    if (text === undefined) {
      this.#note(`vars: ${file} was not found, so what it defines could not be filled in`);
      return {};
    }
    if (/\.(?:toml|py)$/.test(file)) {
      this.#note(`vars: ${file} is not YAML or JSON; what it defines could not be filled in`);
      return {};
    }
    try {
      const values = parseYaml(text, file);
      return isMapping(values) ? values : {};
    } catch (error) {
      if (!(error instanceof HeadraceError)) throw error;
      this.#note(`vars: ${error.message}; what the file defines could not be filled in`);
      return {};
    }
  }
}

function splitFile(item: string): { readonly file: string; readonly keys: readonly string[] } {
  const [file = "", keys = ""] = item.split(":");
  return { file: file.replace(/^\.\//, ""), keys: keys.split(",").filter((key) => key !== "") };
}
