export type * from "./code-records.ts";
export { codeRecords } from "./code-records.ts";
export {
  Mirror,
  type MirrorOptions,
  type Remote,
  type RemoteCredential,
  type RemoteHead,
  type RemoteRef,
  removeAbandonedScratch,
} from "./mirror.ts";
export { parseRemoteUrl, type RemoteUrl, type TransportPolicy } from "./remote-url.ts";
