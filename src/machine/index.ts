export { type BuildLockOptions, buildOnce } from "./build-lock.ts";
export { identify, isAlive, type ProcessIdentity, START_TIME, statFields } from "./process-identity.ts";
export { isDead, ownLabel } from "./process-label.ts";
