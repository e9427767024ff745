import { expect, test } from "vitest";
import { proxyWarning, withoutPasswords } from "./without-passwords.ts";

test.each([
  ["PIP_INDEX_URL", "https://me:s3cret@index.example/simple", "https://index.example/simple"],
  ["PIP_INDEX_URL", "https://s3cret@index.example:8443/simple?a=b@c", "https://index.example:8443/simple?a=b@c"],
  ["PIP_EXTRA_INDEX_URL", "https://a:s3@cret@one/x https://s3cret@two", "https://one/x https://two"],
  ["PIP_FIND_LINKS", "wheels@2/new /srv/a@b", "wheels@2/new /srv/a@b"],
  ["PIP_PROXY", "me:s3cret@proxy:3128", "proxy:3128"],
  ["UV_INDEX", "own=https://me:s3cret@index/simple", "own=https://index/simple"],
  ["https_proxy", "http://me:s3cret@proxy:3128", "http://proxy:3128"],
  ["HTTP_PROXY", "me:s3cret@proxy:3128", "proxy:3128"],
  ["no_proxy", "localhost,.example", "localhost,.example"],
  ["PATH", "/a://b@c", "/a://b@c"],
])("%s=%s", (name, value, clean) => {
  expect(withoutPasswords({ [name]: value }, {})).toEqual({ [name]: clean });
  expect(withoutPasswords({ [name]: value }, { HEADRACE_STEP_PASSWORDS: `OTHER, ${name}` })).toEqual({ [name]: value });
});

test("a proxy whose password is left out is told, and how to give it", () => {
  const variables = {
    https_proxy: "http://me:s3cret@proxy",
    HTTP_PROXY: "me@proxy",
    no_proxy: "x",
    PIP_INDEX_URL: "https://me@index",
  };
  expect(proxyWarning(variables, {})).toBe(
    "steps get HTTP_PROXY, https_proxy without user name and password; HEADRACE_STEP_PASSWORDS=HTTP_PROXY,https_proxy gives these to steps, too",
  );
  expect(proxyWarning(variables, { HEADRACE_STEP_PASSWORDS: "https_proxy HTTP_PROXY" })).toBeUndefined();
});
