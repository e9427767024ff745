import { readGeneralYaml } from "./general-reader.ts";
import type { YamlDocument } from "./yaml-document.ts";

/** Reads a YAML 1.1 document as Python's `yaml.safe_load` does. */
export function readYaml(text: string): YamlDocument {
  return readGeneralYaml(text);
}
