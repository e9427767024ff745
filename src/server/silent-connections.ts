import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Ends, when the server stops, the connections on which no request has come yet: Node waits for one for a minute, and
 * browsers and clients open connections before they need them.
 */
export function endSilentConnections(app: FastifyInstance): void {
  const silent = new Map<string, Socket>();
  app.server.on("connection", (socket: Socket) => {
    const name = nameOf(socket);
    silent.set(name, socket);
    socket.once("close", () => {
      if (silent.get(name) === socket) silent.delete(name);
    });
  });
  app.addHook("onRequest", async ({ raw: { socket } }) => void silent.delete(nameOf(socket)));
  app.addHook("preClose", async () => {
    for (const socket of silent.values()) socket.destroy();
  });
}

/** The same of a connection and of the TLS in it. */
function nameOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
