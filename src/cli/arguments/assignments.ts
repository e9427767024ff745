import { HeadraceError } from "../../errors.ts";
import type { InputAssignment, ParameterAssignment } from "../../planning/index.ts";

/** `key=value` as typed; what the key names is known only once the configuration is. */
export interface RawAssignment {
  readonly key: string;
  readonly value: string;
}

/**
 * Names that assignments may mean: the nodes of a pipeline (none for a step), and names that stand for themselves even
 * with a dot in them.
 */
export interface AssignmentScope {
  readonly nodes: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/** Splits at the first `=`. `what` stands in the error, e.g. `--param`. */
export function parseAssignment(text: string, what: string, form: string): RawAssignment {
  const split = text.indexOf("=");
  if (split <= 0) {
    throw new HeadraceError(
      "HR_USAGE",
      `${what} ${JSON.stringify(text)} has no ${split === 0 ? "name before" : "value: it lacks"} an \`=\``,
      {
        hint: `write ${what} ${form}`,
      },
    );
  }
  return { key: text.slice(0, split), value: text.slice(split + 1) };
}

/**
 * Groups repeated assignments: `--param rate=1 --param rate=2` is one parameter with a list. Order is that of first
 * mention.
 */
export function parameterAssignments(
  raw: readonly RawAssignment[],
  scope: AssignmentScope,
): readonly ParameterAssignment[] {
  return grouped(raw, scope).map(({ values, ...place }) => ({ ...place, values }));
}

export function inputAssignments(raw: readonly RawAssignment[], scope: AssignmentScope): readonly InputAssignment[] {
  return grouped(raw, scope).map(({ values, ...place }) => ({ ...place, uris: values }));
}

/** Environment variables; the last of a repeated name counts, as with `env NAME=VALUE`. */
export function environmentVariables(texts: readonly string[]): Readonly<Record<string, string>> {
  const entries = texts.map((text) => {
    const { key, value } = parseAssignment(text, "--env", "NAME=VALUE");
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
      throw new HeadraceError(
        "HR_USAGE",
        `--env ${JSON.stringify(text)}: ${JSON.stringify(key)} cannot name an environment variable`,
        {
          hint: "use letters, digits and underscores, and do not begin with a digit",
        },
      );
    }
    return [key, value] as const;
  });
  return Object.fromEntries(entries);
}

interface Grouped {
  readonly node?: string;
  readonly name: string;
  readonly values: readonly string[];
}

function grouped(raw: readonly RawAssignment[], scope: AssignmentScope): readonly Grouped[] {
  const groups = new Map<string, { place: { node?: string; name: string }; values: string[] }>();
  for (const { key, value } of raw) {
    const place = placeOf(key, scope);
    const id = JSON.stringify([place.node, place.name]);
    const group = groups.get(id) ?? { place, values: [] };
    group.values.push(value);
    groups.set(id, group);
  }
  return [...groups.values()].map(({ place, values }) => ({ ...place, values }));
}

/** `node.name` where the part before the first dot is a node; a name that is declared with dots stands for itself. */
function placeOf(key: string, scope: AssignmentScope): { node?: string; name: string } {
  if (scope.names.has(key)) return { name: key };
  // Node names may contain dots: the longest one that fits is meant.
  for (let dot = key.lastIndexOf("."); dot > 0; dot = key.lastIndexOf(".", dot - 1)) {
    if (scope.nodes.has(key.slice(0, dot))) return { node: key.slice(0, dot), name: key.slice(dot + 1) };
  }
  // Probably a misspelt node: let the planner, who knows the right ones, say so.
  const dot = key.indexOf(".");
  return dot > 0 && scope.nodes.size > 0 ? { node: key.slice(0, dot), name: key.slice(dot + 1) } : { name: key };
}
