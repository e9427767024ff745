import { describe, expect, test } from "vitest";
import { parseRemoteUrl } from "./remote-url.ts";

const STRICT = { files: false, plainHttp: false };

test.each([
  ["https://github.com/a/b.git", "https", "github.com", undefined, ""],
  ["https://git.example.org:8443/a/b", "https", "git.example.org", 8443, ""],
  ["https://bot@git.example.org/a/b", "https", "git.example.org", undefined, "bot"],
  ["ssh://git@git.example.org:2222/a/b", "ssh", "git.example.org", 2222, "git"],
  ["git@github.com:a/b.git", "ssh", "github.com", undefined, "git"],
  ["github.com:a/b.git", "ssh", "github.com", undefined, ""],
  ["https://[2001:db8::1]/a/b", "https", "[2001:db8::1]", undefined, ""],
  ["git@[2001:db8::1]:a/b", "ssh", "2001:db8::1", undefined, "git"],
])("%s is an address", (url, transport, host, port, user) => {
  expect(parseRemoteUrl(url, STRICT)).toEqual({ transport, host, port, url, user });
});

test.each([
  ["https://a.test\\@b.test/c", "https://a.test/@b.test/c"],
  ["https:///a.test/c", "https://a.test/c"],
  ["https://A.TEST/c", "https://a.test/c"],
])("git is given %j as %s: it would read another host in it, or none", (given, url) => {
  expect(parseRemoteUrl(given, STRICT)).toMatchObject({ host: "a.test", url });
});

describe("an address is refused", () => {
  test.each([
    ["ext::sh -c touch% /tmp/x", "it is no address"],
    ["ext::sh", "it is no address"],
    ["fd::7", "it is no address"],
    ["--upload-pack=touch /tmp/x", "it is no address"],
    ["-u", "it is no address"],
    ["-oProxyCommand=x:a", "it is no address"],
    ["git@-oProxyCommand=x:a", "it is no address"],
    ["git@host:-x", "it is no address"],
    ["ssh://-oProxyCommand=x/a", "it names no host"],
    ["ssh://-oA@host/a", "its user is an option of a program"],
    ["git://host/a", "its transport git is not served"],
    ["ftp://host/a", "its transport ftp is not served"],
    ["http://host/a", "its transport http is not protected"],
    ["/srv/git/a", "it lies on a disk of the server"],
    ["file:///srv/git/a", "it lies on a disk of the server"],
    ["../a", "it is no address"],
    ["", "it is no address"],
    ["https://", "it is no address"],
    ["https://a:b@host/c", "it has a password in it, which every message would show"],
    ["https://host/a\nb", "it is no address"],
    ["https://%E0%A4%A@host/a", "it is no address"],
  ])("%j: %s", (url, why) => {
    expect(() => parseRemoteUrl(url, STRICT)).toThrow(why);
  });
});

test("files and http are served where the installation says so", () => {
  const open = { files: true, plainHttp: true };
  expect(parseRemoteUrl("file:///srv/git/a%20b", open)).toMatchObject({ transport: "file", url: "/srv/git/a b" });
  expect(parseRemoteUrl("http://host/a", open)).toMatchObject({ transport: "http", host: "host" });
});
