import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count, seconds } from "./values.ts";

const measure = (unit: string) =>
  z
    .object({ mean: z.number().describe("over the time that was observed"), peak: z.number().describe("the greatest") })
    .nullable()
    .describe(unit);
const course = z
  .array(z.number().nullable())
  .nullable()
  .describe("a value for each of `ends`, `null` where nothing was known; `null`: nothing ever was");

export const machineUseSchema = shape("MachineUse", "What an execution used of the machine", {
  observedS: seconds.describe("how long it was observed, in seconds"),
  cpu: measure("processors: 1.5 is one and a half of them"),
  memory: measure("in bytes"),
  read: measure("from disks, in bytes a second"),
  written: measure("to disks, in bytes a second"),
  received: measure("from the network, in bytes a second"),
  sent: measure("to the network, in bytes a second"),
  gpu: measure("how busy its cards were, in percent"),
  gpuMemory: measure("in use on its cards, in bytes"),
  gpus: count.describe("how many cards it used; 0 where none is known of"),
  network: z
    .enum(["step", "machine"])
    .nullable()
    .describe("`machine`: the step had no network of its own, and the figures are those of all programs there"),
  series: z
    .object({
      ends: z.array(z.number()).describe("up to when each value holds, in seconds since the step began"),
      ...{ cpu: course, memory: course, read: course, written: course, received: course, sent: course },
      ...{ gpu: course, gpuMemory: course },
    })
    .describe("at most 240 values of each: of a long step, each tells of a longer time"),
});
export type MachineUseView = Json<typeof machineUseSchema>;
