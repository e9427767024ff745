import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HeadraceError } from "../../errors.ts";
import { readWebFile, type WebFile, webFileNames } from "../web-files.ts";

/**
 * Scripts, styles and pictures of the server alone; nothing within a page runs. Frames are for previews of outputs,
 * which have an origin of their own; blob: addresses for pictures among outputs.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "font-src 'self'", "connect-src 'self'", "worker-src 'self'"],
  ...["img-src 'self' blob:", "media-src 'self'", "frame-src 'self'", "base-uri 'none'", "form-action 'self'"],
  "frame-ancestors 'none'",
].join("; ");

/** A name with a hash in it stands for one content for ever. */
const FOR_EVER = "public, max-age=31536000, immutable";

/**
 * The web application: its files by their names, and its one page at every address that the application has and the
 * server has not.
 */
export function addWebApplication(app: FastifyInstance): void {
  const files = new Map<string, WebFile>();
  const fileOf = (name: string): WebFile => {
    const file = files.get(name) ?? readWebFile(name);
    files.set(name, file);
    return file;
  };
  const names = webFileNames();
  for (const name of names)
    if (name.startsWith("assets/"))
      app.get(`/${name}`, { schema: { hide: true }, logLevel: "warn" }, async (request, reply) =>
        send(request, reply.header("cache-control", FOR_EVER), fileOf(name)),
      );
  for (const path of ["/", "/log-in/", "/p/*", "/account/*", "/server/*"])
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      if (!names.includes("index.html"))
        throw new HeadraceError("HR_NOT_FOUND", "this build of Headrace has no web application", {
          hint: "build it with `npm run build`; the API is at /api/v0/",
        });
      void reply.headers({ "content-security-policy": PAGE_POLICY, "cache-control": "no-cache" });
      return send(request, reply, fileOf("index.html"));
    });
}

function send(request: FastifyRequest, reply: FastifyReply, { type, content, br, gzip }: WebFile): FastifyReply {
  const accepted = request.headers["accept-encoding"] ?? "";
  void reply.type(type).header("vary", "accept-encoding");
  if (br !== undefined && /\bbr\b/.test(accepted)) return reply.header("content-encoding", "br").send(br);
  if (gzip !== undefined && /\bgzip\b/.test(accepted)) return reply.header("content-encoding", "gzip").send(gzip);
  return reply.send(content);
}
