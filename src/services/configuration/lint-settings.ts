import type { parseSettings } from "../../settings/index.ts";

/**
 * Reads a headrace.config.yaml for its problems alone. The room of the settings is loaded here: most files that are
 * looked at are others.
 */
export async function lintSettings(
  source: Parameters<typeof parseSettings>[0],
): Promise<ReturnType<typeof parseSettings>> {
  const [settings, { INSTALLED_KINDS }] = await Promise.all([
    import("../../settings/index.ts"),
    import("../../executors/kinds.ts"),
  ]);
  return settings.parseSettings(source, INSTALLED_KINDS.forms);
}
