import type * as z from "zod";
import { dataName, keyedMapping, mapping, openMapping, text, textList, textOrTexts } from "./fields.ts";

const approveSchema = keyedMapping(
  "approve",
  "The evidence that decides about a new version; a person may overrule it.",
  {
    require: textList(
      "Expressions over `metadata.KEY` and `checks.failed` of the new version, and `champion.KEY` of the champion. All have to hold.",
    ),
    evaluation: textOrTexts(
      "Inputs on which both have to have been measured. Unless set: those called evaluation, holdout, test or validation, else all.",
    ).optional(),
  },
);

export const modelSchema = mapping("model", "A model: versions that runs make, each approved or rejected.", {
  name: dataName("Name of the model; unique within the file."),
  description: text("Help text, shown on its page and its cards.").optional(),
  tags: textList("Tags that its new versions get.").optional(),
  approve: approveSchema.optional(),
  deploy: openMapping("Where an approved version goes; not acted upon yet.").optional(),
});

export type ModelSource = z.infer<typeof modelSchema>;
