import * as z from "zod";
import { contracts } from "../contract.ts";
import { listOf } from "../lists.ts";
import { newPipeline } from "./bodies.ts";
import { pipelinesFilter } from "./queries.ts";
import { stopAnswer, valohaiPipeline, valohaiPipelineDetail } from "./shapes.ts";

const tag = "Pipelines, as Valohai's clients call them";
const ofPipeline = z.object({ pipeline: z.string().describe("`PROJECT:COUNTER`, `PROJECT:latest`, or its id") });
const tags = z.object({ tags: z.array(z.string().min(1).max(500)).max(1_000) });

/** Runs of pipelines in Valohai's shapes. */
export const VALOHAI_PIPELINES = contracts({
  valohaiListPipelines: {
    ...{ method: "GET", path: "/api/v0/pipelines/", access: { project: "project.read" }, tag },
    summary: "List pipelines",
    query: pipelinesFilter,
    reply: listOf(valohaiPipeline),
  },
  valohaiCreatePipeline: {
    ...{ method: "POST", path: "/api/v0/pipelines/", access: { project: "run.start" }, tag },
    summary: "Run a pipeline that is spelled out node by node",
    body: newPipeline,
    reply: valohaiPipelineDetail,
    status: 201,
    isRepeatable: true,
  },
  valohaiPipeline: {
    ...{
      method: "GET",
      path: "/api/v0/pipelines/:pipeline/",
      access: { project: "project.read", of: "pipeline" },
      tag,
    },
    summary: "Show a pipeline with its nodes and edges",
    params: ofPipeline,
    reply: valohaiPipelineDetail,
  },
  valohaiStopPipeline: {
    ...{
      method: "POST",
      path: "/api/v0/pipelines/:pipeline/stop/",
      access: { project: "run.stop", of: "pipeline" },
      tag,
    },
    summary: "Ask a pipeline to stop",
    params: ofPipeline,
    reply: stopAnswer,
    isRepeatable: true,
  },
  valohaiPipelineTags: {
    ...{
      method: "PUT",
      path: "/api/v0/pipelines/:pipeline/tags/",
      access: { project: "run.label", of: "pipeline" },
      tag,
    },
    summary: "Set the tags of a pipeline",
    params: ofPipeline,
    body: tags,
    reply: tags,
  },
});
