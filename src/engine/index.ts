export { clearLost } from "./clear-lost.ts";
export { GroupShares } from "./distributed/group-shares.ts";
export { GroupStarts } from "./distributed/group-starts.ts";
export { EngineHost, type EngineHostOptions, type HostedProject } from "./engine-host.ts";
export type {
  Clock,
  EngineParts,
  ExecutionPlace,
  LineageListener,
  LineageMoment,
  PlaceEnvironment,
} from "./engine-parts.ts";
export { EngineProcess, type KnownEngine } from "./engine-process.ts";
export { EngineRegistry } from "./engine-registry.ts";
export { BEAT_MS, type EngineLife, EngineWatch } from "./engine-watch.ts";
export { inputFile } from "./fetch-inputs.ts";
export { type HeldStep, holdStep, type ReadyStep } from "./hold-step.ts";
export { keepWaiting } from "./log-keeper.ts";
export { LogPublisher } from "./log-publisher.ts";
export { UseRecorder } from "./machine-use/use-recorder.ts";
export { type DriveOptions, ProjectDriver, type ProjectNotice } from "./project-driver.ts";
export { machineResources } from "./resource-slots/resource-needs.ts";
export { ResourceSlots } from "./resource-slots/resource-slots.ts";
export { seenPaths } from "./reuse/chosen-files.ts";
export { type CodeBasis, type CodePolicy, type CodeVerdict, compareCode } from "./reuse/code-share.ts";
export { type CodeVersion, CodeVersions } from "./reuse/code-versions.ts";
export { FactsReader, surroundingsIn } from "./reuse/facts.ts";
export { FetchedInputsByExecution } from "./reuse/fetched-inputs.ts";
export { Fingerprints } from "./reuse/fingerprints.ts";
export { Reuse, type ReuseContext, type Verdict } from "./reuse/reuse.ts";
export { RunDriver, type RunDriverOptions } from "./run-driver.ts";
export type { StepCalls } from "./step-calls.ts";
export type {
  CheckedFile,
  CheckedInput,
  StepChecker,
  StepCheckRequest,
  StepChecksOutcome,
} from "./step-checker.ts";
export { clearAgain, type Tidying } from "./tidy-up.ts";
export { Uncleared } from "./uncleared.ts";
export { Worker } from "./worker.ts";
export { type SlotShare, WorkerSlots } from "./worker-slots.ts";
