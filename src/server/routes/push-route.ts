import type { FastifyInstance } from "fastify";
import { HeadraceError } from "../../errors.ts";
import type { ServerParts } from "../server-parts.ts";

/** Largest message of a git host about a push. */
const MESSAGE_BYTES = 25 * 1024 * 1024;

/**
 * A git host tells here that somebody has pushed. Nobody logs in: the message is signed with the project's secret, byte
 * for byte, so that its body is taken as it comes. The content of the message is not used; the repository is asked
 * itself.
 */
export async function addPushRoute(app: FastifyInstance, { database, code }: ServerParts): Promise<void> {
  if (code === undefined) return;
  await app.register((inner, _options, done) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser(
      "*",
      { parseAs: "buffer", bodyLimit: MESSAGE_BYTES },
      async (_: unknown, body: Buffer) => body,
    );
    inner.post<{ Params: { project: string } }>(
      "/api/v0/projects/:project/push/",
      { schema: { hide: true }, bodyLimit: MESSAGE_BYTES },
      async (request, reply) => {
        const project = await database.installation.findProject(request.params.project);
        // A stranger learns nothing of which projects there are.
        if (project === undefined) throw unsigned();
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const signature = request.headers["x-hub-signature-256"];
        await code(project).notePush(body, typeof signature === "string" ? signature : undefined);
        return reply.code(202).send({ accepted: true });
      },
    );
    done();
  });
}

function unsigned(): HeadraceError {
  return new HeadraceError("HR_NOT_LOGGED_IN", "the message is not signed with the project's webhook secret", {
    hint: "give the secret to the git host, and have it sign with SHA-256 (X-Hub-Signature-256)",
  });
}
