import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TokensView } from "../src/api/index.ts";
import { makeCertificate } from "../src/server/fixtures/certificates.ts";
import { IdentityProvider } from "../src/server/fixtures/identity-provider.ts";
import { useOwnDatabase } from "./own-database.ts";
import { ProjectRig } from "./rig.ts";

useOwnDatabase("each test");

const PASSWORD = "correct horse battery";

/** `headrace serve --home` on a free port, with a token of its administrator. */
async function serve(
  rig: ProjectRig,
  options: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
) {
  const server = rig.startIn(
    rig.root,
    { HEADRACE_ADMIN_PASSWORD: PASSWORD, ...environment },
    ...["serve", "--home", "home", "--port", "0", "--json", ...options],
  );
  await server.sees('"listening"');
  const line = server.stdout.split("\n").find((text) => text.includes('"listening"')) ?? "";
  const { url } = JSON.parse(line) as { readonly url: string };
  const add = ["token", "add", "admin", "test", "--level", "admin", "--home", "home"] as const;
  const { token } = await rig.json<TokensView>(0, ...add);
  return { server, url, authorization: `Token ${token}` };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks by HTTPS, and believes this certificate alone. */
function ask(url: string, ca: Buffer, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const asked = request(url, { ca, headers, agent: false }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    response.once("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
  });
  asked.once("error", reject).end();
  return promise;
}

describe("headrace serve --home", () => {
  test("answers by HTTPS, and believes the proxies that are named to it", async () => {
    await using rig = new ProjectRig();
    const { certificate, key } = makeCertificate(rig.root, "localhost");
    const { server, url, authorization } = await serve(rig, [
      ...["--tls-cert", "localhost.crt", "--tls-key", key, "--trust-proxy", "10.0.0.0/8, 127.0.0.1"],
    ]);
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const headers = { authorization, "x-forwarded-for": "203.0.113.9" };
    const answer = await ask(`${url}/api/v0/users/me/`, readFileSync(certificate), headers);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { username: "admin" }]);
    expect(answer.headers["strict-transport-security"]).toContain("max-age");
    const log = readFileSync(join(rig.root, "home/server.log"), "utf8");
    expect(log).toContain('"203.0.113.9"');
    expect(log).not.toContain(authorization.slice(6));
    await expect(fetch(url.replace("https", "http"))).rejects.toThrow();
    server.child.kill("SIGTERM");
    expect((await server.result).code).toBe(0);
  });

  test("lets users in by the provider that its home names", async () => {
    const publicUrl = "http://127.0.0.1:9";
    await using provider = await IdentityProvider.start(`${publicUrl}/log-in/single-sign-on/callback/`);
    provider.people.set("sub-1", { preferred_username: "ada", email: "ada@example.org", email_verified: true });
    await using rig = new ProjectRig({
      "home/single-sign-on.yaml": `issuer: ${provider.issuer}\nclient-id: headrace\nlabel: Example\n`,
    });
    const { server } = await serve(rig, ["--public-url", `${publicUrl}/`], {
      HEADRACE_OIDC_CLIENT_SECRET: provider.clientSecret,
    });
    const [, own = ""] = /Server listening at (http:[^"]+)"/.exec(rig.read("home/server.log")) ?? [];
    const cookies = (response: Response): string =>
      response.headers
        .getSetCookie()
        .map((line) => line.split(";")[0] ?? "")
        .join("; ");
    const departure = await fetch(`${own}/log-in/single-sign-on/`, { redirect: "manual" });
    const back = await provider.logIn(departure.headers.get("location") ?? "", "sub-1");
    expect(`${back.origin}${back.pathname}`).toBe(`${publicUrl}/log-in/single-sign-on/callback/`);
    const arrival = await fetch(`${own}${back.pathname}${back.search}`, {
      ...{ redirect: "manual", headers: { cookie: cookies(departure) } },
    });
    expect([arrival.status, arrival.headers.get("location")]).toEqual([302, "/"]);
    const me = await fetch(`${own}/api/v0/users/me/`, { headers: { cookie: cookies(arrival) } });
    expect(await me.json()).toMatchObject({ username: "ada", email: "ada@example.org", isAdmin: false });
    expect(rig.read("home/server.log")).not.toMatch(/code=|state=/);
    server.child.kill("SIGTERM");
    expect((await server.result).code).toBe(0);
  });

  test("a mistake in the settings of the provider is told, and nothing is served", async () => {
    await using rig = new ProjectRig({ "home/single-sign-on.yaml": "issuer: http://id.example.org\n" });
    const { code, stdout, stderr } = await rig.headrace("serve", "--home", "home", "--port", "0");
    expect([code, stdout, stderr]).toMatchObject([
      expect.any(Number),
      expect.not.stringContaining("listening"),
      expect.stringContaining("single-sign-on.yaml cannot be used"),
    ]);
    expect(code).not.toBe(0);
  });
});
