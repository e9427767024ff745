import type { JudgedRule, ModelEvidence, ModelFacts, SeenInput } from "../project/catalog/model-records.ts";
import { DocumentKind } from "./document-kind.ts";
import { anything, either, flag, list, literal, number, object, optional, record, text } from "./shape.ts";

export const MODEL_FACTS = new DocumentKind<ModelFacts>(
  "set of facts about a version of a model",
  object<ModelFacts>({
    ...{ run: number, execution: number, node: text, step: text, commit: text },
    ...{ parameters: record(anything), metrics: record(anything) },
    checks: optional(object<NonNullable<ModelFacts["checks"]>>({ passed: number, warned: number, failed: number })),
    inputs: list(
      object<SeenInput>({
        ...{ name: text, fileCount: number, sizeBytes: number, sha256: text, uris: list(text) },
        files: list(object<SeenInput["files"][number]>({ name: text, uri: text, datumId: text })),
      }),
    ),
  }),
);

export const MODEL_EVIDENCE = new DocumentKind<ModelEvidence>(
  "evidence about a version of a model",
  object<ModelEvidence>({
    verdict: literal("approved", "rejected", "undecided"),
    champion: optional(number),
    rules: list(
      object<JudgedRule>({
        expression: text,
        outcome: literal("holds", "fails", "open"),
        figures: list(
          object<JudgedRule["figures"][number]>({
            name: text,
            value: either(either(text, number), either(flag, literal(null))),
          }),
        ),
        message: text,
      }),
    ),
    evaluation: optional(
      object<NonNullable<ModelEvidence["evaluation"]>>({ inputs: list(text), isSame: flag, message: text }),
    ),
  }),
);
