import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestServer } from "./test-server.ts";

/** The fault of the next commit: it never arrives, or its answer does not. */
export type CommitFault = "lose-commit" | "lose-answer";
/** Further faults: the first question of a process never arrives; or the server shuts down while it is connected to. */
type Fault = CommitFault | "lose-look" | "shut-down";

/** The message that PostgreSQL sends when it shuts down. */
const SHUT_DOWN = Buffer.from("SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");

const SOCKET = ".s.PGSQL.5432";

/** Stands between a store and its server, and breaks a connection at the moment that matters. For tests. */
export class FaultProxy implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "headrace-proxy-"));
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #target: string;
  readonly #address: string;
  #fault: Fault | undefined;
  /** Faults that have happened. */
  readonly happened: Fault[] = [];

  private constructor(server: TestServer, database: string) {
    this.#target = join(server.folder, SOCKET);
    this.#address = server.urlOf(database).replace(encodeURIComponent(server.folder), encodeURIComponent(this.#folder));
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(server: TestServer, database = "postgres"): Promise<FaultProxy> {
    const proxy = new FaultProxy(server, database);
    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.#server.listen(join(proxy.#folder, SOCKET), resolve);
    await promise;
    return proxy;
  }

  get url(): string {
    return this.#address;
  }

  failNextCommit(fault: CommitFault): void {
    this.#fault = fault;
  }

  failNextLook(): void {
    this.#fault = "lose-look";
  }

  failNextConnection(): void {
    this.#fault = "shut-down";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #join(client: Socket): void {
    const server = dial(this.#target);
    let silent = false;
    const destroy = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", destroy);
      socket.on("close", destroy);
    }
    client.on("data", (data) => {
      if (this.#fault === "shut-down") {
        this.#takeFault();
        const length = Buffer.alloc(4);
        length.writeInt32BE(SHUT_DOWN.length + 4);
        client.end(Buffer.concat([Buffer.from("E"), length, SHUT_DOWN]));
        return;
      }
      const fault = data.includes(this.#fault === "lose-look" ? "server_version_num" : "Q\0\0\0\x0bcommit\0")
        ? this.#takeFault()
        : undefined;
      if (fault === "lose-commit" || fault === "lose-look") return destroy();
      if (fault === "lose-answer") silent = true;
      server.write(data);
    });
    server.on("data", (data) => {
      if (!silent) client.write(data);
      // The answer to a commit: the transaction is over.
      else if (data.includes("COMMIT\0")) destroy();
    });
  }

  #takeFault(): Fault | undefined {
    const fault = this.#fault;
    if (fault !== undefined) this.happened.push(fault);
    this.#fault = undefined;
    return fault;
  }
}
