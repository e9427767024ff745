/** In order of preference, should a folder hold several. */
export const CONFIG_NAMES = ["headrace.yaml", "headrace.yml", "valohai.yaml", "valohai.yml"] as const;
