import { dataNameProblem, readVersionAddress } from "../../data-address.ts";
import type { Plan, PlannedNode } from "../../planning/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** Returns the address that an alias or a version stands for now; undefined where there is none, or it names itself. */
type Pin = (store: ProjectStore, uri: string) => Promise<string | undefined>;

/** Addresses whose meaning may change, by their beginning. */
const PINS: Readonly<Record<string, Pin>> = {
  "datum://": async (store, uri) => {
    const name = uri.slice("datum://".length);
    // An id has no form that a name may have.
    if (dataNameProblem(name) !== undefined) return undefined;
    const alias = await store.aliases.get({ kind: "datum", owner: "", name });
    return alias?.target === undefined ? undefined : `datum://${alias.target}`;
  },
  "dataset://": async (store, uri) => {
    const { name, version } = readVersionAddress(uri, "dataset") ?? {};
    const dataset = name === undefined ? undefined : await store.datasets.find(name);
    const found = dataset && version && (await store.datasets.resolve(dataset, version));
    return found ? `dataset://${found.dataset}/${found.name}` : undefined;
  },
  "model://": async (store, uri) => {
    const { name, version } = readVersionAddress(uri, "model") ?? {};
    const model = name === undefined ? undefined : await store.models.find(name);
    const found = model && version && (await store.models.resolve(model, version));
    return found ? `model://${found.model}/${found.number}` : undefined;
  },
};

function pinOf(uri: string): Pin | undefined {
  return Object.entries(PINS).find(([begin]) => uri.startsWith(begin))?.[1];
}

/**
 * Puts what aliases stand for now in their place, in inputs and in what checks compare with: a run has the data of the
 * moment at which it was planned, and so has its copy. An alias that stands for nothing is left as it is: the check of
 * the inputs says so.
 */
export async function pinData(project: ProjectResources, plan: Plan): Promise<Plan> {
  const uris = new Set(plan.nodes.flatMap(urisOf).filter((uri) => pinOf(uri) !== undefined));
  if (uris.size === 0 || !project.hasState()) return plan;
  const store = await project.reader();
  const pinned = new Map<string, string>();
  for (const uri of uris) {
    const found = await pinOf(uri)?.(store, uri);
    if (found !== undefined) pinned.set(uri, found);
  }
  return pinned.size === 0 ? plan : { ...plan, nodes: plan.nodes.map((node) => withPins(node, pinned)) };
}

function urisOf({ inputs, step }: PlannedNode): readonly string[] {
  const sources = inputs.flatMap((input) => input.sources);
  return [
    ...sources.flatMap((source) => (source.kind === "uri" ? [source.uri] : [])),
    ...(step.checks ?? []).flatMap((check) => (check.kind === "metadata" ? [] : (check.drift?.against ?? []))),
  ];
}

function withPins<Node extends PlannedNode>(node: Node, pinned: ReadonlyMap<string, string>): Node {
  if (!urisOf(node).some((uri) => pinned.has(uri))) return node;
  const inputs = node.inputs.map((input) => ({
    ...input,
    sources: input.sources.map((source) =>
      source.kind === "uri" ? { ...source, uri: pinned.get(source.uri) ?? source.uri } : source,
    ),
  }));
  const checks = node.step.checks?.map((check) => {
    if (check.kind === "metadata" || check.drift === undefined) return check;
    const { against } = check.drift;
    return { ...check, drift: { ...check.drift, against: pinned.get(against) ?? against } };
  });
  return { ...node, inputs, step: { ...node.step, ...(checks !== undefined && { checks }) } };
}
