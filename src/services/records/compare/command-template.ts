import type { ParameterValue } from "../../../config/index.ts";

/**
 * A command with the values of its parameters taken out, so that two runs of one step have the same text whatever their
 * parameters were: a command line that differs in nothing else says nothing that the parameters do not say. Values are
 * replaced where they stand as a whole word, or after `=` within one, as the formats of parameters put them.
 */
export function commandTemplate(
  command: readonly string[],
  parameters: Readonly<Record<string, ParameterValue>>,
): string {
  const texts = [...new Set(Object.values(parameters).flatMap(textsOf))].filter((text) => text !== "");
  if (texts.length === 0) return command.join("\n");
  // Longer ones first, or a value that begins another would tear it apart.
  const values = texts.sort((a, b) => b.length - a.length).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<=^|[\\s=,'"])(?:${values.join("|")})(?=$|[\\s,'";&|)])`, "gm");
  return command.join("\n").replace(pattern, "{}");
}

function textsOf(value: ParameterValue): readonly string[] {
  return typeof value === "object" && value !== null ? value.map(String) : [String(value)];
}
