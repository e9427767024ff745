import * as z from "zod";
import { shape } from "../shape.ts";
import { contracts } from "./contract.ts";

/** The calls that a step makes by its own token; `api.json` has them. */
export const STEP_CALLS = {
  statusDetail: "/api/v0/this-execution/status-detail/",
  inputs: "/api/v0/this-execution/inputs/",
} as const;

const tag = "A step's own execution";

const input = shape("OwnInput", "An input of the execution that asks", {
  name: z.string().describe("of the input"),
  files: z.array(
    z.object({
      input_id: z.string().describe("the input's name"),
      filename: z.string().describe("the path below the input's folder"),
      url: z.string().describe("where its bytes are, for an hour at most; asked without a token"),
      original_uri: z.string().describe("where the file came from, without credentials"),
      download_intent: z.literal("always"),
    }),
  ),
});

const names = z.union([z.array(z.string().max(300)).max(1_000), z.string().max(300)]);

/** The questions and messages of a step about its own execution, in the shapes that valohai-utils knows. */
export const OWN_EXECUTION = contracts({
  setStatusDetail: {
    ...{ method: "POST", path: STEP_CALLS.statusDetail, access: "execution", tag },
    summary: "Say in words what the execution is doing",
    body: z.object({
      status_detail: z
        .union([z.string().max(100_000), z.number(), z.boolean(), z.null()])
        .describe("the last one counts"),
    }),
    reply: z.object({ status_detail: z.string().describe("as it is shown") }),
    isRepeatable: true,
  },
  ownInputs: {
    ...{ method: "GET", path: STEP_CALLS.inputs, access: "execution", tag },
    summary: "List files of the execution's inputs, with addresses to download them",
    query: z.object({
      inputs: names
        .optional()
        .transform((value) => (value === undefined ? [] : [value].flat()))
        .describe("names of inputs, once or several times; absent: all"),
    }),
    reply: z.array(input),
  },
  ownInputFile: {
    ...{ method: "GET", path: "/api/v0/input-files/:execution/:file/:until/:signature/", access: "open", tag },
    summary: "Download a file of an input, by an address that the execution was given",
    params: z.object({
      execution: z.string(),
      file: z.string().describe("id of the file"),
      until: z
        .string()
        .regex(/^\d{1,15}$/)
        .describe("when the address ends, in milliseconds since 1970"),
      signature: z.string(),
    }),
    stream: "bytes",
  },
});
