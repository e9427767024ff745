import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { ServerRig } from "./fixtures/server-rig.ts";

test("a server that stops does not wait for connections on which nothing was asked", async () => {
  await using rig = await ServerRig.start();
  // Node's own limit would end them after a minute.
  rig.app.server.headersTimeout = 0;
  await rig.app.listen({ host: "127.0.0.1", port: 0 });
  const address = rig.app.server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const [silent, halfway] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  await Promise.all([once(silent, "connect"), once(halfway, "connect")]);
  halfway.write("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-");
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  const ended = Promise.all([once(silent, "close"), once(halfway, "close")]);
  for (const socket of [silent, halfway]) socket.on("error", () => undefined);
  await rig.app.close();
  await ended;
});
