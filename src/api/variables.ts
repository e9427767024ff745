import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { time } from "./values.ts";

export const variableSchema = shape("Variable", "A variable of a project", {
  name: z.string().describe("as the step sees it"),
  secret: z.boolean().describe("its value is kept sealed, and told to nobody but the step"),
  value: z.string().nullable().describe("null for a secret"),
  setAt: time.describe("when it was last set"),
});
export type VariableView = Json<typeof variableSchema>;

export const variableGroupSchema = shape("VariableGroup", "A group of variables", {
  name: z.string().nullable().describe("null: the project's own variables, which every step of it gets"),
  shared: z.boolean().describe("it belongs to the server, and every project may use it"),
  variables: z.array(variableSchema).describe("by name"),
});
export type VariableGroupView = Json<typeof variableGroupSchema>;

export const newVariableSchema = z.object({
  name: z.string().describe("letters, digits and `_`"),
  value: z.string().describe("at most 64 KB"),
  secret: z.boolean().describe("nobody is to see its value again"),
  group: z.string().exactOptional().describe("made where it is not there; absent: the project's own"),
  shared: z
    .boolean()
    .exactOptional()
    .describe("the group is the server's, and every project may use it; asks for an administrator of the server"),
});
export type NewVariableRequest = Json<typeof newVariableSchema>;

export const keyRotationSchema = shape("KeyRotation", "A new key of the secrets", {
  key: z.string().describe("id of the key that seals from now on"),
  sealedAnew: z.int().nonnegative().describe("how many secrets were sealed with another one"),
  formerKeys: z.array(z.string()).describe("ids of the keys that are kept, for other projects"),
});
export type KeyRotationView = Json<typeof keyRotationSchema>;
