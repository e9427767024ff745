import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCertificate } from "./fixtures/certificates.ts";
import { ServerRig } from "./fixtures/server-rig.ts";
import { ServerTls, type TlsFiles } from "./tls.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-tls-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The name in the certificate that the server shows, and what it answers to a request. */
function ask(port: number, { certificate }: TlsFiles): Promise<{ readonly name: string; readonly answer: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ name: string; answer: string }>();
  const ca = readFileSync(certificate);
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca }, () => {
    const name = String(socket.getPeerCertificate().subject.CN);
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.once("end", () => resolve({ name, answer }));
    socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  });
  socket.once("error", reject);
  return promise;
}

describe("a server with a certificate", () => {
  test("answers over TLS, and serves a renewed certificate without a restart", async () => {
    const [first, second] = [makeCertificate(folder, "first"), makeCertificate(folder, "second")];
    const served = { certificate: join(folder, "served.crt"), key: join(folder, "served.key") };
    const replace = (from: TlsFiles, which: keyof TlsFiles) => copyFileSync(from[which], served[which]);
    replace(first, "certificate");
    replace(first, "key");
    const reloads: (string | undefined)[] = [];
    using tls = ServerTls.open(served, { everyMs: 1e9, onReload: ({ error }) => void reloads.push(error?.message) });
    await using rig = await ServerRig.start({ publicUrl: "https://localhost", tls });
    await rig.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = rig.app.server.address() as AddressInfo;
    const before = await ask(port, first);
    expect(before.name).toBe("first");
    expect(before.answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(before.answer).toContain("strict-transport-security: max-age=63072000");
    // Half of a renewal: the former pair is served on.
    replace(second, "certificate");
    tls.look();
    expect((await ask(port, first)).name).toBe("first");
    replace(second, "key");
    tls.look();
    expect((await ask(port, second)).name).toBe("second");
    writeFileSync(served.key, "nonsense");
    tls.look();
    writeFileSync(served.key, "other nonsense");
    tls.look();
    expect((await ask(port, second)).name).toBe("second");
    expect(reloads).toEqual([undefined, expect.stringContaining("served.key is no key in PEM form")]);
  });

  test("does not answer an old version of TLS", async () => {
    const files = makeCertificate(folder, "new");
    using tls = ServerTls.open(files);
    await using rig = await ServerRig.start({ publicUrl: "https://localhost", tls });
    await rig.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = rig.app.server.address() as AddressInfo;
    const { promise, resolve } = Promise.withResolvers<string>();
    const ca = readFileSync(files.certificate);
    const socket = connect({
      host: "127.0.0.1",
      port,
      ca,
      servername: "localhost",
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
    });
    socket.once("error", (error) => resolve(String(error)));
    socket.once("secureConnect", () => resolve("connected"));
    expect(await promise).not.toBe("connected");
    socket.destroy();
  });
});

describe("files that cannot be served", () => {
  test.each([
    [
      "a certificate that is not there",
      { certificate: "absent.crt" },
      /^the certificate .*absent\.crt cannot be read \(ENOENT\)$/,
    ],
    ["a key in the certificate's place", { certificate: "a.key" }, /a\.key is no certificate in PEM form/],
    ["a certificate in the key's place", { key: "a.crt" }, /a\.crt is no key in PEM form/],
    [
      "the key of another certificate",
      { key: "b.key" },
      /^the key .*b\.key does not belong to the certificate .*a\.crt$/,
    ],
  ])("%s", (_, change, message) => {
    makeCertificate(folder, "a");
    makeCertificate(folder, "b");
    const names = { certificate: "a.crt", key: "a.key", ...change };
    const files = { certificate: join(folder, names.certificate), key: join(folder, names.key) };
    expect(() => ServerTls.open(files)).toThrow(
      expect.objectContaining({ code: "HR_USAGE", message: expect.stringMatching(message) }),
    );
  });
});
