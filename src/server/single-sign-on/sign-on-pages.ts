import type { FastifyInstance } from "fastify";
import { type SignOnPolicy, signOn, type UserRecord } from "../../access/index.ts";
import { HeadraceError } from "../../errors.ts";
import { noteCaller } from "../call-origins.ts";
import { callerOf, sessionCookie } from "../caller.ts";
import type { ServerParts } from "../server-parts.ts";
import { setDeparture, takeDeparture } from "./departure-cookie.ts";
import { Provider } from "./provider.ts";

export const SIGN_ON_PATH = "/log-in/single-sign-on/";
const CALLBACK_PATH = `${SIGN_ON_PATH}callback/`;

/** The provider of a server, and whom it lets in. */
export interface SingleSignOn {
  readonly provider: Provider;
  readonly policy: SignOnPolicy;
}

export function openSingleSignOn(settings: ConstructorParameters<typeof Provider>[0], publicUrl: string): SingleSignOn {
  return { provider: new Provider(settings, `${publicUrl}${CALLBACK_PATH}`), policy: settings };
}

/** Adds the way to the provider and back. */
export function addSignOnPages(app: FastifyInstance, parts: ServerParts): void {
  const { singleSignOn, publicUrl, now, access } = parts;
  if (singleSignOn === undefined) return;
  const { provider, policy } = singleSignOn;
  app.get(SIGN_ON_PATH, { schema: { hide: true } }, async (_request, reply) => {
    const { url, departure } = await provider.depart({ at: now() });
    setDeparture(reply, publicUrl, departure);
    return reply.redirect(url);
  });
  app.get(CALLBACK_PATH, { schema: { hide: true } }, async (request, reply) => {
    const departure = takeDeparture(request, reply, { publicUrl, now: now() });
    // Another site may send a browser here with a code of its own, to log it in as somebody else.
    if (departure === undefined)
      throw new HeadraceError("HR_NOT_LOGGED_IN", "this browser did not begin a log-in here, or a while ago", {
        hint: "begin again on the page of the log-in",
      });
    const identity = await provider.arrive(request.url.split("?")[1] ?? "", departure);
    if (departure.connects !== undefined) {
      const { principal, byCookie } = await callerOf(request, parts);
      if (principal.kind !== "user" || !byCookie || principal.id !== departure.connects)
        throw new HeadraceError("HR_NOT_LOGGED_IN", "the user who began this is not logged in any more", {
          hint: "log in, and begin again",
        });
      noteCaller({ request, reply }, principal);
      const { issuer, subject } = identity;
      await access.users.addIdentity(
        { issuer, subject, userId: principal.id },
        { actor: `user:${principal.name}`, at: now() },
      );
      return reply.redirect("/");
    }
    const user: UserRecord = await signOn(access, identity, policy, now());
    const from = { userId: user.id, agent: request.headers["user-agent"] ?? "", address: request.ip };
    const { credential } = await access.sessions.begin(from, { actor: `user:${user.name}`, at: now() });
    const { name, secure } = sessionCookie(publicUrl);
    void reply.setCookie(name, credential, { path: "/", httpOnly: true, sameSite: "lax", secure });
    return reply.redirect("/");
  });
}
