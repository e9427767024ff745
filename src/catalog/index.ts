export { type JudgedFacts, type Judgement, judgeModel } from "./evidence/judge-model.ts";
export { type Direction, type Link, type LinkSource, type Place, type Walked, walkLineage } from "./lineage/walk.ts";
export {
  type DeclaredTarget,
  type OutputModel,
  type OutputTargets,
  type OutputVersion,
  outputTargets,
  type TargetedOutput,
} from "./targets/output-targets.ts";
export { readWishes, type SidecarWishes, type WantedModel, type WantedVersion } from "./targets/sidecar.ts";
