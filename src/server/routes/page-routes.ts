import type { FastifyInstance, FastifyReply } from "fastify";
import { HeadraceError } from "../../errors.ts";
import { sessionCookie } from "../caller.ts";
import { apiPage } from "../pages/api-page.ts";
import { PAGE_POLICY } from "../pages/page-parts.ts";
import type { ServerParts } from "../server-parts.ts";
import { addWebApplication } from "./web-routes.ts";

/** Adds what a browser opens; the rest of the server is for programs. */
export function addPages(app: FastifyInstance, parts: ServerParts): void {
  let page: string | undefined;
  app.get("/api/v0/", { schema: { hide: true } }, async (_request, reply) => {
    page ??= apiPage();
    return sendPage(reply, page);
  });
  addWebApplication(app);
  addLoginLink(app, parts);
}

function addLoginLink(app: FastifyInstance, { access, links, publicUrl, now }: ServerParts): void {
  if (links === undefined) return;
  const { name, secure } = sessionCookie(publicUrl);
  app.get<{ Params: { code: string } }>("/log-in/:code/", { schema: { hide: true } }, async (request, reply) => {
    const userId = links.take(request.params.code);
    const user = userId === undefined ? undefined : await access.users.find(userId);
    if (user === undefined)
      throw new HeadraceError("HR_NOT_LOGGED_IN", "this link was used before, or belongs to an earlier start", {
        hint: "open the link that the server printed when it was started last",
      });
    const from = { userId: user.id, agent: request.headers["user-agent"] ?? "", address: request.ip };
    const { credential } = await access.sessions.begin(from, { actor: `user:${user.name}`, at: now() });
    reply.setCookie(name, credential, { path: "/", httpOnly: true, sameSite: "lax", secure });
    return reply.redirect("/");
  });
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type("text/html; charset=utf-8").header("content-security-policy", PAGE_POLICY).send(page);
}
