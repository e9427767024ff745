import * as z from "zod";
import { type Json, shape } from "./shape.ts";

const facets = z.record(z.string(), z.record(z.string(), z.unknown())).describe("facts, by the names of the standard");

const dataset = z.object({
  namespace: z.string().describe("of a file that came in: its store; else that of the events"),
  name: z.string().describe("`PROJECT/PIPELINE.NODE/FILE`, or the path in its store"),
  facets,
});

/** A run event of OpenLineage, spec 2-0-2: https://openlineage.io/spec/2-0-2/OpenLineage.json. */
export const openLineageEventSchema = shape("OpenLineageEvent", "An event of OpenLineage", {
  eventType: z.enum(["START", "RUNNING", "COMPLETE", "ABORT", "FAIL"]).describe("what happened to it"),
  eventTime: z.string().describe("when, in UTC"),
  run: z.object({ runId: z.string().describe("id of the run, or of the execution"), facets }).describe("what ran"),
  job: z
    .object({
      namespace: z.string().describe("of the events"),
      name: z.string().describe("`PROJECT/PIPELINE`, `PROJECT/PIPELINE.NODE` or `PROJECT/STEP`"),
      facets,
    })
    .describe("what it is a run of"),
  inputs: z.array(dataset.extend({ inputFacets: facets })).describe("the files that it received"),
  outputs: z.array(dataset.extend({ outputFacets: facets })).describe("the files that it made"),
  producer: z.string().describe("this program"),
  schemaURL: z.string().describe("the definition of this form"),
});
export type OpenLineageEvent = Json<typeof openLineageEventSchema>;
