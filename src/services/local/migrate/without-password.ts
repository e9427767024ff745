/** Parts of a database URL's query that say where and how, and hold no secret. */
const HARMLESS = new Set(["host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"]);

/** A database URL to be shown: the password stands as `PASSWORD`, and what else might be secret is left out. */
export function withoutPassword(given: string): string {
  const url = URL.parse(given) ?? URL.parse(given.replace("@/", "@localhost/"));
  if (url === null) return "postgres://…";
  if (url.password !== "") url.password = "PASSWORD";
  for (const name of [...url.searchParams.keys()]) if (!HARMLESS.has(name)) url.searchParams.delete(name);
  return url.href;
}
