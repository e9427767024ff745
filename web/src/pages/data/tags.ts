/** The property in which a step gives its file tags, as Valohai has it. */
const TAGS = "valohai.tags";

type Properties = Readonly<Record<string, unknown>>;

export function tagsOf(properties: Properties): readonly string[] {
  const tags = Object.hasOwn(properties, TAGS) ? properties[TAGS] : undefined;
  return Array.isArray(tags) ? [...new Set(tags.filter((tag) => typeof tag === "string"))] : [];
}

export function withoutTags(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== TAGS));
}
