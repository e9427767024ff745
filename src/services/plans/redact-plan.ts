import type { Plan } from "../../planning/index.ts";
import { redactUri } from "../../sources/index.ts";

/** A plan to be shown: passwords and signatures in URIs are left out. */
export function redactPlan(plan: Plan): Plan {
  const nodes = plan.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => ({
      ...input,
      sources: input.sources.map((source) =>
        source.kind === "uri" ? { ...source, uri: redactUri(source.uri) } : source,
      ),
    })),
  }));
  return { ...plan, nodes };
}
