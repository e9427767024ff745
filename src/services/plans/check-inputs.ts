import { joined } from "../../advice.ts";
import { HeadraceError } from "../../errors.ts";
import type { Plan } from "../../planning/index.ts";
import type { Sources } from "../../sources/index.ts";

/**
 * Refuses a plan that names inputs which cannot be had, before anything is recorded: else the last step of a pipeline
 * would fail for a mistyped path after hours. Every such input is named.
 */
export async function checkInputs(sources: Pick<Sources, "check">, plan: Plan): Promise<void> {
  const problems: { readonly node: string; readonly error: HeadraceError }[] = [];
  const checked = new Map<string, HeadraceError | undefined>();
  for (const node of plan.nodes) {
    for (const uri of node.inputs
      .flatMap((input) => input.sources)
      .flatMap((source) => (source.kind === "uri" ? [source.uri] : []))) {
      if (!checked.has(uri)) checked.set(uri, await problemOf(sources, uri));
      const error = checked.get(uri);
      if (error !== undefined) problems.push({ node: node.name, error });
    }
  }
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first.error;
  const code = problems.every(({ error }) => error.code === first.error.code)
    ? first.error.code
    : "HR_INPUT_UNAVAILABLE";
  throw new HeadraceError(code, `${plan.name} cannot run: ${problems.length} inputs cannot be had`, {
    details: problems.map(({ node, error: { message, advice } }) =>
      advice.hint === undefined ? `node ${node}: ${message}` : joined(`node ${node}: ${message} (`, advice.hint, ")"),
    ),
    hint: "nothing was run",
  });
}

async function problemOf(sources: Pick<Sources, "check">, uri: string): Promise<HeadraceError | undefined> {
  try {
    await sources.check(uri);
    return undefined;
  } catch (error) {
    if (error instanceof HeadraceError) return error;
    throw error;
  }
}
