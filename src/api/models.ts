import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { actor, count, number, parameters, scalar, sha256Field, sizeBytes, time, values } from "./values.ts";

const reason = z.string().max(10_000);
export const modelState = z.enum(["pending", "approved", "rejected"]).describe("`pending`: nobody has decided yet");
const versionNumber = number.describe("counts the versions of the model");

const versionFields = {
  id: z.string().describe("names it everywhere"),
  model: z.string().describe("name of the model"),
  version: versionNumber,
  uri: z.string().describe("names it as an input: `model://NAME/3`"),
  state: modelState,
  decisions: count.describe("how many there were, the first with its making"),
  aliases: z.array(z.string()).describe("that stand for it now"),
  tags: z.array(z.string()).describe("that it was given"),
  note: z.string().describe("what its maker said of it; may be empty"),
  files: count.describe("how many it has"),
  sizeBytes: sizeBytes.describe("of all of them"),
  metrics: values.describe("the last values that its execution printed"),
  run: number.describe("of which its execution was a part"),
  execution: number.describe("that made it"),
  createdAt: time.describe("when it was made"),
  createdBy: actor.describe("who asked for the run that made it"),
};

export const modelVersionSchema = shape("ModelVersion", "A version of a model", versionFields);
export type ModelVersionView = Json<typeof modelVersionSchema>;

export const modelSchema = shape("Model", "A model", {
  name: z.string().describe("its name"),
  description: z.string().describe("what the file says of it; may be empty"),
  versions: count.describe("how many it has"),
  latest: modelVersionSchema.nullable().describe("the newest"),
  champion: number.nullable().describe("the version that the alias `champion` stands for"),
  createdAt: time.describe("when its first version was made"),
  createdBy: actor.describe("who asked for the run that made that"),
});
export type ModelView = Json<typeof modelSchema>;

export const modelEvidenceSchema = shape("ModelEvidence", "Evidence about a version of a model", {
  verdict: z.enum(["approved", "rejected", "undecided"]).describe("`undecided`: a person has to look"),
  champion: number.exactOptional().describe("the version that was champion; absent where there was none"),
  rules: z
    .array(
      z.object({
        expression: z.string().describe("as the file has it"),
        outcome: z.enum(["holds", "fails", "open"]).describe("`open`: it could not be decided"),
        figures: z
          .array(
            z.object({ name: z.string().describe("as the expression has it"), value: scalar.describe("of that name") }),
          )
          .describe("the values of the names in it; `null` for one that has none"),
        message: z.string().describe("why it was not decided; empty where its figures say it"),
      }),
    )
    .describe("what was required"),
  evaluation: z
    .object({
      inputs: z.array(z.string()).describe("names of the inputs that count"),
      isSame: z.boolean().describe("both had the same contents in them"),
      message: z.string().describe("what differs; empty where nothing does"),
    })
    .exactOptional()
    .describe("the data on which it and the champion were measured; absent where they were not compared"),
});
export type ModelEvidenceView = Json<typeof modelEvidenceSchema>;

const decisionSchema = z.object({
  decision: number.describe("counts them, from 1"),
  state: modelState.describe("that it came to be in"),
  at: time.describe("when"),
  actor: actor.describe("who decided, or asked for the run that did"),
  reason: z.string().describe("may be empty"),
  evidence: modelEvidenceSchema.nullable().describe("that was looked at; `null` where a person decided"),
});

const inputSchema = z.object({
  name: z.string().describe("its name"),
  files: count.describe("how many it had"),
  sizeBytes,
  sha256: sha256Field.describe("SHA-256 of the contents of its files, in whatever order"),
  uris: z.array(z.string()).describe("versions and files that it was asked for by, such as `dataset://flights/v3`"),
  sources: z
    .array(
      z.object({
        name: z.string().describe("path below the input's folder"),
        uri: z.string().describe("where it came from, without credentials"),
        file: z.string().describe("id of the stored file"),
      }),
    )
    .describe("the first hundred of its files"),
});

export const modelVersionDetailSchema = shape("ModelVersionDetail", "All that is known of a version of a model", {
  ...versionFields,
  step: z.string().describe("that made it"),
  node: z.string().describe("of the run that made it"),
  commit: z.string().describe("the version of the code"),
  parameters: parameters.describe("that it was made with"),
  checks: z
    .object({
      passed: count.describe("that passed"),
      warned: count.describe("that only warn, and found something"),
      failed: count.describe("that failed"),
    })
    .nullable()
    .describe("how many checks of its step passed, warned and failed; `null` where it has none"),
  inputs: z.array(inputSchema).describe("the data that it saw"),
  contents: z
    .array(
      z.object({
        name: z.string().describe("path in the version"),
        file: z.string().describe("id of the stored file"),
        sizeBytes,
        sha256: sha256Field,
        purgedAt: time.exactOptional().describe("when its bytes were purged; absent for all others"),
      }),
    )
    .describe("its files, by name"),
  history: z.array(decisionSchema).describe("what was decided about it, the newest first"),
  card: z.string().describe("its card, as Markdown"),
});
export type ModelVersionDetailView = Json<typeof modelVersionDetailSchema>;

/** A person's decision. */
export const modelDecisionRequestSchema = z.object({
  decision: z.enum(["approved", "rejected"]),
  reason: reason.exactOptional().describe("why; needed to overrule what was decided before"),
  after: count.exactOptional().describe("`decisions` as you saw it: refused if somebody decided since"),
});
export type ModelDecisionRequest = Json<typeof modelDecisionRequestSchema>;

export const modelAliasSchema = shape("ModelAlias", "An alias of a model", {
  name: z.string().describe("its name"),
  model: z.string().describe("name of the model"),
  uri: z.string().describe("names what it stands for as an input, whatever that is by then"),
  version: number.nullable().describe("that it stands for; `null`: it was taken away"),
  moves: count.describe("how often it has been moved"),
  movedAt: time.describe("when it was moved last"),
  history: z
    .array(
      z.object({
        move: number.describe("counts them, from 1"),
        version: number.nullable().describe("that it came to stand for; `null`: it was taken away"),
        at: time.describe("when"),
        actor: actor.describe("who moved it"),
        comment: z.string().describe("why; may be empty"),
      }),
    )
    .describe("its last hundred moves, the newest first"),
});
export type ModelAliasView = Json<typeof modelAliasSchema>;

export const modelAliasWishSchema = z.object({
  version: z
    .string()
    .max(200)
    .nullable()
    .describe("a version by its number, another alias or `latest`; `null` takes it away"),
  comment: reason.exactOptional().describe("why"),
  after: count.exactOptional().describe("`moves` as you saw it: refused if it was moved since"),
});
export type ModelAliasWish = Json<typeof modelAliasWishSchema>;

const item = z.string().describe("its name");
const side = z.unknown().describe("`null` where that version has none");
const sideText = z.string().nullable().describe("SHA-256; `null` where that version has none");

export const modelDifferenceSchema = shape("ModelDifference", "What differs between two versions of models", {
  before: z.string().describe("the first version, as `NAME/3`"),
  after: z.string().describe("the second version"),
  commit: z
    .object({ before: z.string().describe("of the first"), after: z.string().describe("of the second") })
    .describe("the versions of the code"),
  metrics: z.array(z.object({ name: item, before: side, after: side })).describe("those that differ"),
  parameters: z.array(z.object({ name: item, before: side, after: side })).describe("those that differ"),
  inputs: z.array(z.object({ name: item, before: sideText, after: sideText })).describe("those whose contents differ"),
  files: z.array(z.object({ name: item, before: sideText, after: sideText })).describe("those whose contents differ"),
});
export type ModelDifferenceView = Json<typeof modelDifferenceSchema>;

export const modelAnswerSchema = z
  .union([
    z.array(modelSchema),
    z.array(modelVersionSchema),
    modelVersionDetailSchema,
    z.array(modelAliasSchema),
    modelDifferenceSchema,
  ])
  .meta({ id: "ModelAnswer", title: "Models or their versions" });
