import type { Config, Step } from "../config/index.ts";

/**
 * The configuration with the project's defaults filled into the steps that say nothing themselves, and with its models,
 * of which any step may make versions.
 */
export function withProjectDefaults(config: Config): Config {
  const { models, project } = config;
  const { python } = project;
  if (python === undefined && models.length === 0) return config;
  const complete = (step: Step): Step => ({
    ...step,
    ...(step.python === undefined && python !== undefined && { python }),
    ...(models.length > 0 && { models }),
  });
  return { ...config, steps: config.steps.map(complete) };
}
