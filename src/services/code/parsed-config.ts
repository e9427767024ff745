import { parse } from "yaml";
import { WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import type { ConfiguredCode } from "../configuration/project-code.ts";

/** The configuration as its YAML says, without defaults; undefined for text that is no YAML. */
export async function parsedConfig({ view, configPath }: ConfiguredCode): Promise<unknown> {
  const bytes = await view.read(configPath, WRITTEN_BY_HAND_BYTES);
  try {
    return bytes === undefined ? undefined : (parse(bytes.toString("utf8"), { maxAliasCount: 100 }) as unknown);
  } catch {
    return undefined;
  }
}
