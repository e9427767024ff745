import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSingleSignOn } from "./settings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-sso-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, "single-sign-on.yaml");
  writeFileSync(file, text);
  return loadSingleSignOn(file, env);
}

test("no file: no provider", () => {
  expect(loadSingleSignOn(join(folder, "absent.yaml"), {})).toBeUndefined();
});

test("the least, and the secret from the environment", () => {
  expect(load("issuer: https://id.example.org/realm\nclient-id: headrace")).toEqual({
    ...{ issuer: new URL("https://id.example.org/realm"), clientId: "headrace", label: "id.example.org" },
    ...{ scopes: ["openid", "profile", "email"], groupsClaim: "groups", createUsers: true },
    ...{ domains: [], groups: [], teams: {}, administrators: [] },
  });
  const env = { HEADRACE_OIDC_CLIENT_SECRET: " s3cret\n" };
  expect(load("issuer: http://127.0.0.1:8080\nclient-id: a", env)).toMatchObject({ clientSecret: "s3cret" });
});

test("all of it", () => {
  const text = `
issuer: https://id.example.org
client-id: headrace
label: Example
scopes: [profile, groups]
create-users: false
allowed-domains: [Example.org]
allowed-groups: [staff]
groups-claim: roles
teams: { ml: [research] }
administrators: [bosses]
`;
  expect(load(text)).toMatchObject({
    ...{ label: "Example", scopes: ["openid", "profile", "groups"], createUsers: false, domains: ["example.org"] },
    ...{ groups: ["staff"], groupsClaim: "roles", teams: { ml: ["research"] }, administrators: ["bosses"] },
  });
});

test.each([
  ["a key that is not known", "issuer: https://a.b\nclient-id: a\nclient-secret: x", "client-secret"],
  ["no issuer", "client-id: a", "issuer"],
  ["an issuer without TLS", "issuer: http://id.example.org\nclient-id: a", "does not begin with https://"],
  ["an issuer of another kind", "issuer: file:///etc/passwd\nclient-id: a", "does not begin with https://"],
  ["no address", "issuer: id\nclient-id: a", "is no address"],
  ["teams that are no list", "issuer: https://a.b\nclient-id: a\nteams: { ml: research }", "teams"],
])("%s is told by its place", (_, text, message) => {
  expect(() => load(text)).toThrow(
    expect.objectContaining({
      code: "HR_CONFIG_INVALID",
      details: expect.arrayContaining([expect.stringContaining(message)]),
    }),
  );
});
