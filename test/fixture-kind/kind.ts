import type { ExecutorKind } from "../../src/executors/kinds.ts";
import { type LaneSettings, laneForm } from "./settings.ts";

/** A kind of executor for tests alone: processes of this machine that are told in which lane they run. */
export const laneKind: ExecutorKind<LaneSettings> = {
  form: laneForm,
  where: "in a lane of this machine",
  ...{ terminals: false, seesMachine: true, knowsImages: false },
  refuseMount: ({ folder }, { source }) =>
    folder !== undefined && source.startsWith(folder)
      ? undefined
      : { reason: "lanes share no such folder", hint: "copy what the step needs" },
  open: async (settings, place) => {
    const { openLane } = await import("./lane-executor.ts");
    return await openLane(settings, place);
  },
};
