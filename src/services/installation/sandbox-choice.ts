/** `required`, which nobody names: one that works here, else steps are refused. */
export type SandboxChoice = "auto" | "required" | "bubblewrap" | "unshare" | "off";
/** Those that users name. */
export const SANDBOX_CHOICES: readonly SandboxChoice[] = ["auto", "bubblewrap", "unshare", "off"];
