import * as z from "zod";
import { adviceSchema } from "./advice.ts";
import { type Json, shape } from "./shape.ts";
import { texts } from "./values.ts";

export const environmentSchema = shape("Environment", "An environment", {
  slug: z.string().describe("its name in files and on the command line"),
  name: z.string().describe("its name for people"),
  executor: z.string().describe("what runs steps there: `local`, `docker`, `slurm`"),
  healthy: z.boolean().describe("it could run a step now"),
  reason: z.string().nullable().describe("why not"),
  hint: z.string().nullable().describe("what to do about it, where that is known"),
  advice: adviceSchema.describe("the hint in parts"),
  details: texts.describe("versions, kind of sandbox and the like"),
  default: z.boolean().describe("steps that name no environment run there"),
  concurrency: z.number().nullable().describe("how many steps run there at a time"),
  image: z.string().nullable().describe("for steps that name none"),
});
export type EnvironmentView = Json<typeof environmentSchema>;

export const pythonRebuildSchema = shape("PythonRebuild", "Rebuilt Python environments", {
  rebuildPython: z.literal(true).describe("each is built anew when a step next needs it"),
});

export const findingSchema = shape("CheckFinding", "A finding of a check", {
  check: z.string().describe("what was looked at"),
  state: z
    .enum(["ok", "absent", "warning", "unknown", "broken"])
    .describe("`absent`: not here, and only needed by who wants it; `unknown`: it did not answer in time"),
  found: z.string().describe("what was found, in words"),
  mend: z.string().nullable().describe("what to do about it"),
  advice: adviceSchema.describe("the same in parts"),
});
export type Finding = Json<typeof findingSchema>;

export const examinationSchema = shape("Examination", "A check of the set-up", {
  healthy: z.boolean().describe("nothing is broken"),
  findings: z.array(findingSchema).describe("what was looked at"),
});
export type Examination = Json<typeof examinationSchema>;
