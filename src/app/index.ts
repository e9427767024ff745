export { examine } from "./doctor/examine.ts";
export type { Examination, Finding } from "./doctor/finding.ts";
export { findProject } from "./find-project.ts";
export type { GarbageRequest } from "./housekeeping/gc-request.ts";
export type { VerifyProgress, VerifyRequest } from "./housekeeping/verify-files.ts";
export type * from "./migrate/migrate-project.ts";
export { type OpenProjectOptions, openProject, SANDBOX_CHOICES, type SandboxChoice } from "./open-project.ts";
export type * from "./project.ts";
export type * from "./views.ts";
