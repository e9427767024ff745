/** An image as the engine and its registries know it. */
export interface ImageName {
  /** `docker.io`, `ghcr.io`, `localhost:5000` … */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/**
 * Reads `python:3.12`, `ghcr.io/org/app@sha256:…`, `localhost:5000/x` by Docker's rules; undefined for what is no name
 * of an image.
 */
export function parseImageName(text: string): ImageName | undefined {
  const match = /^([^@]+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(text);
  if (match === null) return undefined;
  const [, path = "", tag, digest] = match;
  const [first = "", ...others] = path.split("/");
  // The first part is a registry when it cannot be a name: it has a dot or a port, or it is `localhost`.
  const hasRegistry = others.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (hasRegistry && !/^[a-zA-Z0-9][a-zA-Z0-9.-]*(:\d+)?$/.test(first)) return undefined;
  const registry = hasRegistry ? (first === "index.docker.io" ? "docker.io" : first) : "docker.io";
  const parts = hasRegistry ? others : [first, ...others];
  if (!parts.every((part) => /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(part))) return undefined;
  const repository = registry === "docker.io" && parts.length === 1 ? `library/${parts[0]}` : parts.join("/");
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}
