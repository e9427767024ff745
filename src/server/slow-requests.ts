import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The request brings a file. */
    isUpload?: boolean;
  }
}

/** The time limit of a request; one slower than this holds a connection for nothing. */
const REQUEST_MS = 60_000;
/** A file may take long, as long as it goes on. */
const SILENCE_MS = 60_000;

/** Ends connections whose requests do not come to an end. Headers have a limit of Node's own. */
export function addPatience(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ raw, routeOptions }) => {
    if (raw.complete) return;
    const isUpload = routeOptions.config.isUpload === true;
    let received = raw.socket.bytesRead;
    const timer = setInterval(
      () => {
        const now = raw.socket.bytesRead;
        if (raw.complete || raw.destroyed) clearInterval(timer);
        else if (isUpload && now > received) received = now;
        else raw.destroy();
      },
      isUpload ? SILENCE_MS : REQUEST_MS,
    );
    timer.unref();
    raw.once("close", () => clearInterval(timer));
  });
}
