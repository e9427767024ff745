import type { Advice } from "../advice.ts";
import { suggestionHint } from "../config/index.ts";
import type { EnvironmentSettings } from "./settings.ts";

export type FoundEnvironment =
  | { readonly ok: true; readonly environment: EnvironmentSettings }
  | { readonly ok: false; readonly message: string; readonly hint: Advice };

/**
 * The environment that a text names: by slug, else by name, else by a part of slug or name that only one has. Case does
 * not matter.
 */
export function findEnvironment(environments: readonly EnvironmentSettings[], text: string): FoundEnvironment {
  const wanted = text.trim().toLowerCase();
  const bySlug = environments.find(({ slug }) => slug === wanted);
  if (bySlug !== undefined) return { ok: true, environment: bySlug };
  const byName = environments.filter(({ name }) => name.toLowerCase() === wanted);
  const found =
    byName.length > 0 || wanted === "" ? byName : environments.filter((environment) => hasPart(environment, wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return { ok: true, environment: only };
  if (only !== undefined) {
    return {
      ok: false,
      message: `"${text}" may be several environments: ${listed(found)}`,
      hint: "name one by its slug",
    };
  }
  const slugs = environments.map(({ slug }) => slug);
  return {
    ok: false,
    message: `there is no environment "${text}"`,
    hint: suggestionHint(text, slugs, "environments") ?? [{ do: "list-environments" }, " lists them"],
  };
}

function hasPart({ slug, name }: EnvironmentSettings, wanted: string): boolean {
  return slug.includes(wanted) || name.toLowerCase().includes(wanted);
}

function listed(environments: readonly EnvironmentSettings[]): string {
  return environments.map(({ slug, name }) => (name === slug ? slug : `${slug} (${name})`)).join(", ");
}
