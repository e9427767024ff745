import type { Config } from "../config/index.ts";

/** The configuration with the project's defaults filled into the steps that say nothing themselves. */
export function withProjectDefaults(config: Config): Config {
  const { python } = config.project;
  if (python === undefined) return config;
  return { ...config, steps: config.steps.map((step) => (step.python === undefined ? { ...step, python } : step)) };
}
