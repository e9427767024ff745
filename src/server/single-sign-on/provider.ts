import type { Configuration } from "openid-client";
import type { ProvidedIdentity } from "../../access/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { SingleSignOnSettings } from "../../services/on-demand.ts";

/** The data that the browser keeps between its leaving for the provider and its return. */
export interface Departure {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Id of the user who connects their account there; absent: somebody logs in. */
  readonly connects?: string;
}

/** An OpenID Connect provider, asked by the code flow with PKCE, state and nonce. */
export class Provider {
  readonly label: string;
  readonly #settings: SingleSignOnSettings;
  readonly #callback: string;
  #configuration: Promise<Configuration> | undefined;

  constructor(settings: SingleSignOnSettings, callback: string) {
    this.label = settings.label;
    this.#settings = settings;
    this.#callback = callback;
  }

  /** The address to send the browser to, and what it keeps meanwhile. */
  async depart(
    given: Pick<Departure, "at" | "connects">,
  ): Promise<{ readonly url: string; readonly departure: Departure }> {
    const client = await import("openid-client");
    const configuration = await this.#open();
    const departure: Departure = {
      ...given,
      ...{ state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() },
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#callback,
      scope: this.#settings.scopes.join(" "),
      state: departure.state,
      nonce: departure.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(departure.verifier),
      code_challenge_method: "S256",
    });
    return { url: url.href, departure };
  }

  /**
   * Returns the identity of the user who came back. `search`: the query of the address that the provider sent the
   * browser to. Throws HR_NOT_LOGGED_IN where the answer is not one to this departure, or the provider does not vouch
   * for it.
   */
  async arrive(search: string, departure: Departure): Promise<ProvidedIdentity> {
    const client = await import("openid-client");
    const configuration = await this.#open();
    const url = new URL(this.#callback);
    url.search = search;
    try {
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        ...{ expectedState: departure.state, expectedNonce: departure.nonce, pkceCodeVerifier: departure.verifier },
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("the provider gave no ID token");
      const { userinfo_endpoint: hasMore } = configuration.serverMetadata();
      const more =
        hasMore === undefined ? {} : await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return identityOf({ ...claims, ...more }, claims, this.#settings.groupsClaim);
    } catch (error) {
      throw new HeadraceError("HR_NOT_LOGGED_IN", `the provider did not let you in: ${reasonOf(error)}`, {
        hint: "begin again on the page of the log-in",
        cause: error,
      });
    }
  }

  /** Asked anew after a failure: the provider may be back. */
  async #open(): Promise<Configuration> {
    this.#configuration ??= this.#discover();
    try {
      return await this.#configuration;
    } catch (error) {
      this.#configuration = undefined;
      throw new HeadraceError("HR_NOT_LOGGED_IN", `the provider ${this.label} does not answer: ${reasonOf(error)}`, {
        hint: "try again later, or log in with a password",
        cause: error,
      });
    }
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    const client = await import("openid-client");
    const proof = clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret);
    const execute = issuer.protocol === "http:" ? [client.allowInsecureRequests] : [];
    return client.discovery(issuer, clientId, undefined, proof, { execute, timeout: TIMEOUT_S });
  }
}

const TIMEOUT_S = 20;

function identityOf(
  claims: Readonly<Record<string, unknown>>,
  { iss, sub }: { readonly iss: string; readonly sub: string },
  groupsClaim: string,
): ProvidedIdentity {
  const textOf = (name: string) => {
    const value = claims[name];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const [userName, fullName, email] = [textOf("preferred_username"), textOf("name"), textOf("email")];
  return {
    ...{ issuer: iss, subject: sub },
    ...(userName !== undefined && { userName }),
    ...(fullName !== undefined && { fullName }),
    ...(email !== undefined && { email }),
    emailVerified: claims.email_verified === true,
    groups: groupsIn(Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : undefined),
  };
}

function groupsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((group) => typeof group === "string") : [];
}

/** The provider's own word where it gives one; never a token. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  const said = "error" in error && typeof error.error === "string" ? error.error : error.message;
  return said.slice(0, 200);
}
