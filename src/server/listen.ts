import { closeSync, openSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import type { FastifyInstance } from "fastify";
import { HeadraceError, systemErrorCode } from "../errors.ts";

/** Each line is in the file before the request that it tells of is answered. `a` adds to what is there. */
export function openLog(path: string, flag: "w" | "a"): Disposable & { write(line: string): void } {
  const file = openSync(path, flag, 0o600);
  return {
    write: (line) => {
      try {
        writeSync(file, line);
      } catch {
        // A full disk must not keep requests from their answers.
      }
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** Throws HR_SYSTEM where the port or the address cannot be had. */
export async function listen(server: FastifyInstance, { host, port }: { host: string; port: number }): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") throw error;
    const why = code === "EADDRINUSE" ? "another program uses it" : `the system refuses it (${code})`;
    throw new HeadraceError("HR_SYSTEM", `the server cannot listen on port ${port}: ${why}`, {
      hint: ["choose another port with ", { do: "set", option: "port" }],
      cause: error,
    });
  }
}

/** One that nobody uses now. */
export async function freePort(host: string): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, host, resolve);
  });
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("a port was opened and has no number");
  return address.port;
}
