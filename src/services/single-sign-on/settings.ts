import * as z from "zod";
import type { SignOnPolicy } from "../../access/index.ts";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import { boolean, formatDiagnostics, mapping, parseDocument, text, textList } from "../../config/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";

/** Settings of the log-in by an OpenID Connect provider. */
export interface SingleSignOnSettings extends SignOnPolicy {
  readonly issuer: URL;
  readonly clientId: string;
  /** Absent: a public client, which PKCE alone protects. */
  readonly clientSecret?: string;
  /** The name of the provider on the page of the log-in. */
  readonly label: string;
  readonly scopes: readonly string[];
  /** The claim that has a person's groups. */
  readonly groupsClaim: string;
}

/** The form of single-sign-on.yaml. docs/access.md shows it to administrators. */
const schema = mapping("single-sign-on", "How users come in by an OpenID Connect provider.", {
  issuer: text("Address of the provider, as its own description says it."),
  "client-id": text("What this server is called there."),
  label: text("What the provider is called on the page of the log-in.").optional(),
  scopes: textList("Scopes that are asked for.").optional(),
  "create-users": boolean("Makes a user of whoever comes for the first time.", true).optional(),
  "allowed-domains": textList("Domains of the verified addresses that are let in; without, all are.").optional(),
  "allowed-groups": textList("Groups that are let in; without, all are.").optional(),
  "groups-claim": text("The claim that has a person's groups.").optional(),
  teams: z.record(z.string(), z.array(z.string())).meta({ description: "Teams of the people of a group." }).optional(),
  administrators: textList("Groups whose people are administrators of the server, and nobody else is.").optional(),
});

const SECRET = "HEADRACE_OIDC_CLIENT_SECRET";
const DEFAULT_SCOPES = ["openid", "profile", "email"];

/**
 * Reads the settings of a provider; undefined where the file is not there. The client's secret is no part of the file:
 * HEADRACE_OIDC_CLIENT_SECRET has it. Throws HR_CONFIG_INVALID, HR_CONFIG_UNREADABLE.
 */
export function loadSingleSignOn(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): SingleSignOnSettings | undefined {
  const bytes = read(file);
  if (bytes === undefined) return undefined;
  const { value, diagnostics } = parseDocument({ file, text: bytes }, schema, ({ issuer }) => {
    const message = issuerProblem(issuer);
    return message === undefined ? [] : [{ path: ["issuer"], message }];
  });
  if (value === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    throw new HeadraceError("HR_CONFIG_INVALID", `${file} cannot be used`, {
      details: formatDiagnostics(errors, new TextDecoder().decode(bytes), { color: false }).trimEnd().split("\n"),
      hint: [{ do: "read-manual", page: "access" }, " describes the file"],
    });
  }
  const secret = env[SECRET]?.trim();
  return {
    ...{ issuer: new URL(value.issuer), clientId: value["client-id"] },
    ...(secret !== undefined && secret !== "" && { clientSecret: secret }),
    label: value.label ?? new URL(value.issuer).hostname,
    scopes: [...new Set(["openid", ...(value.scopes ?? DEFAULT_SCOPES)])],
    groupsClaim: value["groups-claim"] ?? "groups",
    createUsers: value["create-users"] ?? true,
    domains: (value["allowed-domains"] ?? []).map((domain) => domain.toLowerCase()),
    groups: value["allowed-groups"] ?? [],
    teams: value.teams ?? {},
    administrators: value.administrators ?? [],
  };
}

/** Over plain HTTP, whoever listens on the way comes in as anybody; on this machine itself nobody does. */
function issuerProblem(issuer: string): string | undefined {
  const url = URL.parse(issuer);
  if (url === null) return `\`${issuer}\` is no address`;
  if (url.protocol === "https:") return undefined;
  const isHere = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  return url.protocol === "http:" && isHere ? undefined : `\`${issuer}\` does not begin with https://`;
}

function read(file: string): Uint8Array | undefined {
  try {
    return readBounded(file, WRITTEN_BY_HAND_BYTES);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") return undefined;
    throw new HeadraceError("HR_CONFIG_UNREADABLE", `${file} cannot be read (${code ?? "unknown error"})`, {
      hint: "check that it is a file and that the server's user may read it",
      cause: error,
    });
  }
}
