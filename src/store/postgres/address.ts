import pg, { type ClientConfig } from "pg";
import type { Advice } from "../../advice.ts";
import { HeadraceError } from "../../errors.ts";

/** The place of the database, and its name in messages. */
export interface Address {
  readonly config: ClientConfig;
  /** Settings of the session that the URL asks for (`options=-c …`). */
  readonly sessionOptions: string;
  /** The URL without its password and without its query, which may hold secrets too. */
  readonly location: string;
}

/** Reads `postgres://user:password@host:port/database?sslmode=…`. Never puts the password into a message. */
export function readAddress(given: string): Address {
  const url = parseUrl(given);
  const location = describe(url);
  const sessionOptions = url.searchParams.get("options") ?? "";
  // They would outweigh what the driver sets itself.
  for (const name of ["options", "application_name", "uselibpqcompat"]) url.searchParams.delete(name);
  // pg alone takes `sslmode=require` for `verify-full`; here the modes mean what they mean to psql.
  url.searchParams.set("uselibpqcompat", "true");
  requireSslMode(url, location);
  const config = { connectionString: url.href };
  try {
    new pg.Client(config);
    return { config, sessionOptions, location };
  } catch (error) {
    const reason = error instanceof Error ? withoutSecrets(error.message, url) : "its query is wrong";
    throw refusal(`the URL of the database ${location} cannot be used: ${reason}`, [
      "check sslmode, sslrootcert, sslcert and sslkey in the URL's query; ",
      { do: "read-manual", page: "postgresql" },
      " explains them",
    ]);
  }
}

function parseUrl(given: string): URL {
  // An empty host, as in postgres://user@/database?host=/run/postgresql, is no URL to the standard.
  const url = URL.parse(given) ?? URL.parse(given.replace("@/", "@localhost/"));
  if (url?.protocol !== "postgres:" && url?.protocol !== "postgresql:") {
    const isOther = !/^postgres(ql)?:/.test(given);
    throw refusal(
      "the database URL is not of the form postgres://user:password@host:5432/database",
      isOther
        ? [
            "without HEADRACE_DATABASE_URL the records are in a file of the project; ",
            { do: "move-records", to: "sqlite" },
            " moves them there",
          ]
        : "percent-encode special characters of the password, such as @ (%40), / (%2F) and # (%23)",
    );
  }
  if (url.pathname.length > 1) return url;
  throw refusal("the database URL names no database", "write it as postgres://user:password@host:5432/database");
}

/** pg takes a word that it does not know for the strictest mode. */
function requireSslMode(url: URL, location: string): void {
  const mode = url.searchParams.get("sslmode");
  if (mode !== null && !SSL_MODES.includes(mode)) {
    throw refusal(
      `the URL of the database ${location} cannot be used: there is no sslmode “${mode}”`,
      `use one of ${SSL_MODES.join(", ")}`,
    );
  }
  if (mode === "verify-ca" && !url.searchParams.has("sslrootcert")) {
    throw refusal(
      `the URL of the database ${location} cannot be used: sslmode=verify-ca names no authority to trust`,
      "add sslrootcert=FILE with the authority's certificate, or use sslmode=verify-full",
    );
  }
}

const SSL_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"];

function describe(url: URL): string {
  const user = url.username === "" ? "" : `${url.username}@`;
  return `postgres://${user}${url.searchParams.get("host") ?? url.host}${url.pathname}`;
}

function withoutSecrets(message: string, url: URL): string {
  const secrets = [url.password, decodeURIComponent(url.password), url.searchParams.get("password") ?? ""];
  return secrets.filter((secret) => secret !== "").reduce((text, secret) => text.replaceAll(secret, "…"), message);
}

function refusal(message: string, hint: Advice): HeadraceError {
  // No cause: errors of the URL parser carry the whole URL.
  return new HeadraceError("HR_STORE_UNAVAILABLE", message, { hint });
}
