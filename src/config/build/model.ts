import type { ApprovalRule, Model } from "../model.ts";
import type { ModelSource } from "../schema/model.ts";
import { plainMapping } from "./plain-value.ts";
import { listed, present } from "./present.ts";

/** The model that a checked mapping describes. */
export function buildModel({ name, description, tags, approve, deploy }: ModelSource): Model {
  const rule: ApprovalRule | undefined = approve && {
    require: approve.require,
    evaluation: listed(approve.evaluation),
  };
  return present({
    ...{ name, description, tags: [...new Set(tags ?? [])], approve: rule },
    deploy: deploy === undefined ? undefined : plainMapping(deploy),
  }) as Model;
}
