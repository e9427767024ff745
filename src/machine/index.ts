export { type BuildLockOptions, buildOnce } from "./build-lock.ts";
export { MachineFacts } from "./machine-facts.ts";
export { identify, isAlive, type ProcessIdentity, START_TIME, statFields } from "./process-identity.ts";
export { isDead, ownLabel } from "./process-label.ts";
