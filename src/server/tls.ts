import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import { createSecureContext } from "node:tls";
import type { FastifyServerFactory } from "fastify";
import { HeadraceError, systemErrorCode } from "../errors.ts";

/** The paths of two PEM files: the certificate with those that signed it, and its key. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface TlsOptions {
  /** Called when new files are served, and when new ones cannot be (the former ones are served on then). */
  readonly onReload?: (result: { readonly error?: HeadraceError }) => void;
  /** Interval at which the files are looked at. */
  readonly everyMs?: number;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** A renewal replaces both files, one after the other, some weeks before the former certificate ends. */
const LOOK_MS = 10_000;
const OLDEST_VERSION = "TLSv1.2";

/**
 * The server's end of TLS. A renewed certificate is served without a restart: the files are looked at again and again,
 * since whatever renews them may replace a link, a folder or a mount above them, of which no watch tells.
 */
export class ServerTls implements Disposable {
  readonly #files: TlsFiles;
  readonly #options: TlsOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #servers = new Set<SecureServer>();
  #pair: Pair;
  #stamp: string;
  /** The files that could not be served last; they are told once. */
  #refused: string | undefined;

  private constructor(files: TlsFiles, options: TlsOptions) {
    this.#files = files;
    this.#options = options;
    this.#stamp = stampOf(files);
    this.#pair = readPair(files);
    this.#timer = setInterval(() => this.look(), options.everyMs ?? LOOK_MS).unref();
  }

  /** Throws HR_USAGE where the files cannot be read, or do not belong together. */
  static open(files: TlsFiles, options: TlsOptions = {}): ServerTls {
    return new ServerTls(files, options);
  }

  /** Makes the server under fastify. */
  readonly serverFactory: FastifyServerFactory = (handler) => {
    const server = createSecureServer({ ...this.#pair, minVersion: OLDEST_VERSION }, handler);
    this.#servers.add(server);
    server.once("close", () => this.#servers.delete(server));
    return server;
  };

  /** Serves the files as they are now, if they have changed. */
  look(): void {
    const { onReload } = this.#options;
    const stamp = stampOf(this.#files);
    if (stamp === this.#stamp) return;
    try {
      this.#pair = readPair(this.#files);
      this.#stamp = stamp;
      this.#refused = undefined;
      for (const server of this.#servers) server.setSecureContext({ ...this.#pair, minVersion: OLDEST_VERSION });
      onReload?.({});
    } catch (error) {
      // Between the replacement of the one and of the other file they do not fit.
      if (!(error instanceof HeadraceError)) throw error;
      if (this.#refused !== undefined && this.#refused !== stamp) onReload?.({ error });
      this.#refused = stamp;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function stampOf({ certificate, key }: TlsFiles): string {
  return [certificate, key].map(stampOfFile).join(" ");
}

function stampOfFile(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "-" : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

function readPair(files: TlsFiles): Pair {
  const pair = { cert: read(files.certificate, "certificate"), key: read(files.key, "key") };
  const certificate = parsed(files.certificate, "certificate", () => new X509Certificate(pair.cert));
  const key = parsed(files.key, "key", () => createPrivateKey(pair.key));
  if (!certificate.checkPrivateKey(key))
    throw new HeadraceError(
      "HR_USAGE",
      `the key ${files.key} does not belong to the certificate ${files.certificate}`,
      {
        hint: "give the key that the certificate was made for; the file begins with the server's own certificate",
      },
    );
  parsed(files.certificate, "certificate", () => createSecureContext(pair));
  return pair;
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new HeadraceError("HR_USAGE", `the ${what} ${path} cannot be read (${code})`, {
      hint: "name a PEM file that the server's user may read",
      cause: error,
    });
  }
}

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new HeadraceError("HR_USAGE", `${path} is no ${what} in PEM form that this server can use`, {
      hint: "a key must have no passphrase; `openssl x509 -text` and `openssl pkey -check` show what a file holds",
      cause: error,
    });
  }
}
