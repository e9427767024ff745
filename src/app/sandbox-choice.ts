export type SandboxChoice = "auto" | "bubblewrap" | "unshare" | "off";
export const SANDBOX_CHOICES: readonly SandboxChoice[] = ["auto", "bubblewrap", "unshare", "off"];
