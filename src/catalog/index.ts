export { type Direction, type Link, type LinkSource, type Place, type Walked, walkLineage } from "./lineage/walk.ts";
export {
  type DeclaredTarget,
  type OutputTargets,
  type OutputVersion,
  outputTargets,
  type TargetedOutput,
} from "./targets/output-targets.ts";
export { readWishes, type SidecarWishes, type WantedVersion } from "./targets/sidecar.ts";
