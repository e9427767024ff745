import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The request brings a file. */
    isUpload?: boolean;
  }
}

/** The time that others may take; whoever is slower holds a connection for nothing. */
export interface Patience {
  /** Time in which the headers of a request come. */
  readonly headersMs: number;
  /** Time in which a request comes that brings no file. */
  readonly requestMs: number;
  /** A file may take long, as long as so many bytes come in each period of so many milliseconds. */
  readonly uploadMs: number;
  readonly uploadBytes: number;
  /** Time after which a reader is given up that takes nothing of what waits for it. */
  readonly readerMs: number;
  /** Time after which a reader of a stream has to be one who may read it, again and again. */
  readonly lookMs: number;
}

export const PATIENCE: Patience = {
  ...{ headersMs: 60_000, requestMs: 60_000, uploadMs: 60_000, uploadBytes: 16 * 1024, readerMs: 120_000 },
  lookMs: 60_000,
};

/** Ends connections whose requests do not come to an end, and those whose answers nobody takes. */
export function addPatience(app: FastifyInstance, patience: Patience): void {
  const { requestMs, uploadMs, uploadBytes, readerMs } = patience;
  app.addHook("onRequest", async ({ raw, routeOptions }, reply) => {
    // A request that is given up loses its socket, and the answer goes on.
    const { socket } = raw;
    // Called when nothing went either way meanwhile; a handler that works long has nothing written yet.
    reply.raw.setTimeout(readerMs, () => {
      if (socket.writableLength > 0) socket.destroy();
    });
    if (raw.complete) return;
    reply.raw.once("finish", () => drain(raw));
    const isUpload = routeOptions.config.isUpload === true;
    let received = socket.bytesRead;
    const timer = setInterval(
      () => {
        const now = socket.bytesRead;
        // Bytes that wait to be read are the server's own delay.
        const goesOn = now - received >= uploadBytes || raw.readableLength > 0;
        if (raw.complete || raw.destroyed) clearInterval(timer);
        else if (isUpload && goesOn && !reply.raw.writableEnded) received = now;
        else socket.destroy();
      },
      isUpload ? uploadMs : requestMs,
    );
    timer.unref();
    raw.once("close", () => clearInterval(timer));
  });
}

/**
 * Takes what still comes after the answer: many clients send all of a file before they read why it was refused, and a
 * connection that is closed on them meanwhile would not tell.
 */
function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.unpipe();
  for (const event of ["readable", "data"]) request.removeAllListeners(event);
  request.resume();
}
