export { identify, isAlive, type ProcessIdentity, START_TIME, statFields } from "./process-identity.ts";
