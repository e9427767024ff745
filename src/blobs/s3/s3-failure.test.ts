import { describe, expect, it } from "vitest";
import { HeadraceError } from "../../errors.ts";
import { isBeyondEnd, isBrokenConnection, isNoSuchKey, s3Failure } from "./s3-failure.ts";

function sdkError(name: string, message: string, status?: number, more: object = {}): Error {
  const metadata = status === undefined ? {} : { $metadata: { httpStatusCode: status } };
  return Object.assign(new Error(message), { name, ...metadata, ...more });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code} somewhere`), { code });
}

const TRY_LATER =
  "check that the server is up and that the address is right, then run again; what was stored before is intact";
const CHECK_ACCESS =
  "check the credentials and that they grant s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the bucket";
const CHECK_ADDRESS = "check that the endpoint is an S3 server's, and neither a console's nor a proxy's";

describe("a failure of S3 in words", () => {
  it.each([
    [systemError("ECONNREFUSED"), "the connection was refused", TRY_LATER],
    [systemError("ENOTFOUND"), "there is no host of that name", TRY_LATER],
    [
      systemError("EPROTO"),
      "the server speaks no TLS",
      "write http:// in place of https:// in the endpoint, or give the server a certificate",
    ],
    [
      systemError("DEPTH_ZERO_SELF_SIGNED_CERT"),
      "the server's certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)",
      "let NODE_EXTRA_CA_CERTS name a file with the certificate of the authority that signed it",
    ],
    [sdkError("TimeoutError", "…"), "the server did not answer in time", TRY_LATER],
    [sdkError("NoSuchBucket", "…", 404), "the bucket does not exist", "create the bucket, or mend its name"],
    [
      sdkError("CredentialsProviderError", "Could not load credentials"),
      "no credentials were found",
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role",
    ],
    [sdkError("AccessDenied", "Access Denied.", 403), "access was denied (AccessDenied: Access Denied.)", CHECK_ACCESS],
    [sdkError("403", "UnknownError", 403), "access was denied", CHECK_ACCESS],
    [
      sdkError("InvalidAccessKeyId", "No such key.", 404),
      "access was denied (InvalidAccessKeyId: No such key.)",
      CHECK_ACCESS,
    ],
    [sdkError("Unknown", "UnknownError", 503), "the server answered 503", TRY_LATER],
    [sdkError("TimeoutError", "socket hang up", undefined, { code: "ECONNRESET" }), "the connection broke", TRY_LATER],
    [
      sdkError("SlowDown", "Please reduce\n your rate", 503),
      "the server answered 503 (SlowDown: Please reduce your rate)",
      TRY_LATER,
    ],
    [
      sdkError("XMinioStorageFull", "full", 507),
      "the server has no space left (XMinioStorageFull)",
      "make room there, then run again; what was stored before is intact",
    ],
    [
      sdkError("PermanentRedirect", "…", 301),
      "the bucket is in another region",
      "set AWS_REGION to the bucket's region",
    ],
    [
      sdkError("Error", "char '<' is not expected.:1:1\n Deserialization error", 200),
      "the answer (status 200) is not S3's",
      CHECK_ADDRESS,
    ],
    [
      sdkError("MethodNotAllowed", "x".repeat(300), 405),
      `the server answered 405 (MethodNotAllowed: ${"x".repeat(199)}…)`,
      CHECK_ADDRESS,
    ],
  ])("%s", (error, what, hint) => {
    expect(s3Failure(error, "store abc", "s3://bucket", [])).toMatchObject({
      code: "HR_BLOBS_UNAVAILABLE",
      message: `cannot store abc in s3://bucket: ${what}`,
      hint,
    });
  });

  it("holds no secret, and of the SDK's error only name and message", () => {
    const error = sdkError("Odd", "key hush-hush is odd", 400, {
      $response: { headers: { authorization: "hush-hush" } },
    });
    const failure = s3Failure(error, "store abc", "s3://bucket", ["hush-hush"]) as HeadraceError;
    expect(failure.message).toBe("cannot store abc in s3://bucket: the server answered 400 (Odd: key … is odd)");
    expect(failure.cause).toEqual(new Error("Odd: key … is odd"));
    expect(Object.keys(failure.cause as object)).toEqual([]);
  });

  it.each([new TypeError("a defect"), systemError("ENOSPC"), new HeadraceError("HR_BLOB_MISSING", "x"), "text"])(
    "leaves %s alone",
    (error) => {
      expect(s3Failure(error, "store abc", "s3://bucket", [])).toBe(error);
    },
  );
});

describe("kinds of failures", () => {
  it.each([
    [sdkError("NoSuchKey", "", 404), { isNoSuchKey: true, isBeyondEnd: false, isBrokenConnection: false }],
    [sdkError("NotFound", "", 404), { isNoSuchKey: true, isBeyondEnd: false, isBrokenConnection: false }],
    [sdkError("NoSuchBucket", "", 404), { isNoSuchKey: false, isBeyondEnd: false, isBrokenConnection: false }],
    [sdkError("InvalidRange", "", 416), { isNoSuchKey: false, isBeyondEnd: true, isBrokenConnection: false }],
    [systemError("ECONNRESET"), { isNoSuchKey: false, isBeyondEnd: false, isBrokenConnection: true }],
    [sdkError("TimeoutError", ""), { isNoSuchKey: false, isBeyondEnd: false, isBrokenConnection: true }],
    [new Error("ours"), { isNoSuchKey: false, isBeyondEnd: false, isBrokenConnection: false }],
  ])("%s", (error, expected) => {
    expect({
      isNoSuchKey: isNoSuchKey(error),
      isBeyondEnd: isBeyondEnd(error),
      isBrokenConnection: isBrokenConnection(error),
    }).toEqual(expected);
  });
});
