import { describe, expect, it } from "vitest";
import { failureOfError, failureOfStatus, parseRetryAfter } from "./http-failure.ts";

const NOW = Date.parse("Mon, 02 Nov 2026 10:00:00 GMT");
const LATER = "check the network and the server, then run again";
const ADDRESS = "check the address; a browser shows what is there";

describe("a status", () => {
  it.each([
    [400, false, "the server answers 400 Bad Request", ADDRESS],
    [
      401,
      false,
      "the server answers 401 Unauthorized",
      "put user and password into the address: https://USER:PASSWORD@host/path (they are not recorded with the file)",
    ],
    [403, false, "the server answers 403 Forbidden", "check that you may read it; a signed address may have expired"],
    [404, false, "the server answers 404 Not Found", ADDRESS],
    [408, true, "the server answers 408 Request Timeout", LATER],
    [429, true, "the server answers 429 Too Many Requests", LATER],
    [503, true, "the server answers 503 Service Unavailable", LATER],
    [599, true, "the server answers 599", LATER],
    [204, false, "the server answers 204 No Content", ADDRESS],
  ])("%i", (statusCode, passing, message, hint) => {
    expect(failureOfStatus({ statusCode, headers: {} }, NOW)).toMatchObject({
      passing,
      message,
      hint,
      retryAfterMs: undefined,
    });
  });

  it.each([
    [undefined, undefined],
    ["3", 3000],
    ["0", 0],
    ["Mon, 02 Nov 2026 10:00:07 GMT", 7000],
    ["Mon, 02 Nov 2026 09:00:00 GMT", 0],
    ["soon", undefined],
  ])("asks with Retry-After: %s for a pause of %s ms", (header, ms) => {
    expect(parseRetryAfter(header, NOW)).toBe(ms);
  });

  it("keeps the pause for what passes only", () => {
    const headers = { "retry-after": "2" };
    expect(failureOfStatus({ statusCode: 503, headers }, NOW).retryAfterMs).toBe(2000);
    expect(failureOfStatus({ statusCode: 404, headers }, NOW).retryAfterMs).toBeUndefined();
  });
});

describe("a network error", () => {
  const tls = "check the server's certificate; NODE_EXTRA_CA_CERTS=FILE makes Node.js trust an authority of your own";
  it.each([
    [
      "ENOTFOUND",
      "",
      false,
      "no host of the name data.example is known",
      "check the name of the host, and the network",
    ],
    ["EAI_AGAIN", "", true, "the name data.example cannot be looked up at the moment", LATER],
    [
      "ECONNREFUSED",
      "",
      true,
      "data.example:8443 refuses the connection",
      "check the host and port, and that the server is running",
    ],
    ["ECONNRESET", "", true, "the connection broke off", LATER],
    ["EPIPE", "", true, "the connection broke off", LATER],
    ["ETIMEDOUT", "", true, "data.example:8443 does not answer", LATER],
    ["EHOSTUNREACH", "", true, "data.example:8443 cannot be reached", LATER],
    ["ENETUNREACH", "", true, "data.example:8443 cannot be reached", LATER],
    ["ENETDOWN", "", true, "the network is down", LATER],
    [
      "HPE_INVALID_CONSTANT",
      "Parse Error",
      false,
      "data.example:8443 does not answer in HTTP (HPE_INVALID_CONSTANT)",
      ADDRESS,
    ],
    [
      "EODD",
      "something odd\nand more",
      true,
      "the download from data.example:8443 failed: something odd (EODD)",
      LATER,
    ],
    [
      "CERT_HAS_EXPIRED",
      "certificate has expired",
      false,
      "no secure connection to data.example:8443: certificate has expired (CERT_HAS_EXPIRED)",
      tls,
    ],
    [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "self-signed certificate",
      false,
      "no secure connection to data.example:8443: self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)",
      tls,
    ],
    [
      "EPROTO",
      "write EPROTO 40:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:tlsany_meth.c:77:",
      false,
      "no secure connection to data.example:8443: wrong version number (EPROTO)",
      tls,
    ],
  ])("%s", (code, text, passing, message, hint) => {
    const error = Object.assign(new Error(text), { code });
    const failure = failureOfError(error, new URL("https://data.example:8443/x"));
    expect(failure).toMatchObject({ passing, message, hint, cause: error });
    expect(failureOfError(failure, new URL("https://other/"))).toBe(failure);
  });

  it("without a code keeps its text", () => {
    const failure = failureOfError(new Error("odd"), new URL("http://data.example/x"));
    expect(failure.message).toBe("the download from data.example failed: odd (unknown error)");
  });
});
