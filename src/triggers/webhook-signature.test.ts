import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isSigned, type SignedRequest } from "./webhook-signature.ts";

const NOW = 1_614_265_330;

const request = (headers: SignedRequest["headers"], body: string): SignedRequest => ({
  headers,
  body: Buffer.from(body),
});

// The examples that the senders' own documentation gives.
const GITHUB = {
  secret: "It's a Secret to Everybody",
  request: request(
    { "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
    "Hello, World!",
  ),
};
const STANDARD = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  request: request(
    {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    '{"test": 2432232314}',
  ),
};
// Made with stripe 16.1.0.
const STRIPE = {
  secret: "whsec_test_secret",
  request: request(
    { "Stripe-Signature": "t=1790000000,v1=765d0d35514a56905b8ddef451bc5570cc45dfa0395a213879a36689a6be55a3" },
    '{"id":"evt_1","object":"event"}',
  ),
};

const SCHEMES = [
  { scheme: "github", now: NOW, ...GITHUB },
  { scheme: "standard", now: NOW, ...STANDARD },
  { scheme: "stripe", now: 1_790_000_000, ...STRIPE },
] as const;

describe.each(SCHEMES)("a request that is signed as $scheme", ({ scheme, now, secret, request: signed }) => {
  it("counts, whatever the case of its headers", () => {
    expect(isSigned(scheme, signed, secret, now)).toBe(true);
    const lower = Object.fromEntries(
      Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    expect(isSigned(scheme, { ...signed, headers: lower }, secret, now)).toBe(true);
  });

  it("does not count with another secret, another body, no header, or a signature that is cut", () => {
    expect(isSigned(scheme, signed, `${secret}BBBB`, now)).toBe(false);
    expect(isSigned(scheme, { ...signed, body: Buffer.concat([signed.body, Buffer.from(" ")]) }, secret, now)).toBe(
      false,
    );
    expect(isSigned(scheme, { ...signed, headers: {} }, secret, now)).toBe(false);
    const cut = Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name, value?.slice(0, -1)]));
    expect(isSigned(scheme, { ...signed, headers: cut }, secret, now)).toBe(false);
  });

  // GitHub signs no time: a delivery's id says whether it has been seen.
  if (scheme === "github") return;
  it("does not count after five minutes, nor before", () => {
    expect(isSigned(scheme, signed, secret, now + 300)).toBe(true);
    expect(isSigned(scheme, signed, secret, now + 301)).toBe(false);
    expect(isSigned(scheme, signed, secret, now - 301)).toBe(false);
    expect(isSigned(scheme, signed, secret, Number.NaN)).toBe(false);
  });
});

it("one right signature among several suffices, as while a secret is changed", () => {
  const { headers } = STANDARD.request;
  const several = { ...headers, "webhook-signature": `v1,AAAA v2,BBBB ${headers["webhook-signature"]}` };
  expect(isSigned("standard", { ...STANDARD.request, headers: several }, STANDARD.secret, NOW)).toBe(true);
  const other = { ...headers, "webhook-signature": headers["webhook-signature"]?.replace("v1,", "v2,") };
  expect(isSigned("standard", { ...STANDARD.request, headers: other }, STANDARD.secret, NOW)).toBe(false);
});

it("an empty secret, or one that is no base64 where it must be, signs nothing", () => {
  const signed = "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  expect(isSigned("github", request({ "x-hub-signature-256": signed }, ""), "", NOW)).toBe(false);
  const key = createHmac("sha256", "").update(`id.${NOW}.`).digest("base64");
  const headers = { "webhook-id": "id", "webhook-timestamp": `${NOW}`, "webhook-signature": `v1,${key}` };
  for (const secret of ["", "whsec_", "whsec_!!!"])
    expect(isSigned("standard", request(headers, ""), secret, NOW)).toBe(false);
});
