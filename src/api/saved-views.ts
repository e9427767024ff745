import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { time } from "./values.ts";

const search = z.string().max(10_000).describe("what stands behind `?` in the address of the list");
const shared = z.boolean().describe("everybody in the project sees it; its owner alone changes it");

export const savedViewSchema = shape("SavedView", "A saved view", {
  name: z.string().describe("one of its owner's"),
  search,
  shared,
  owner: z.string().describe("who saved it, such as `user:ann`"),
  own: z.boolean().describe("it is the caller's"),
  savedAt: time.describe("when it was saved last"),
});
export type SavedViewView = Json<typeof savedViewSchema>;

export const newSavedViewSchema = z.object({ search, shared });
export type NewSavedView = Json<typeof newSavedViewSchema>;
