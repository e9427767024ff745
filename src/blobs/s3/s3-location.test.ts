import { describe, expect, it } from "vitest";
import { parseS3Url } from "./s3-location.ts";

const none = { prefix: "", endpoint: undefined, region: undefined, pathStyle: false, cacheBytes: undefined };

describe("the address of a store in S3", () => {
  it.each([
    ["s3://bucket", {}, { ...none, bucket: "bucket", shown: "s3://bucket" }],
    ["s3://bucket/", {}, { ...none, bucket: "bucket", shown: "s3://bucket" }],
    ["s3://my.bucket-1/a//b/", {}, { ...none, bucket: "my.bucket-1", prefix: "a/b/", shown: "s3://my.bucket-1/a/b" }],
    [
      "s3://bucket/h%C3%A4rad/x%20y",
      {},
      { ...none, bucket: "bucket", prefix: "härad/x y/", shown: "s3://bucket/härad/x y" },
    ],
    [
      "s3://bucket/p?endpoint=http://127.0.0.1:9000/&region=eu-north-1&cache=1.5GB",
      { AWS_ENDPOINT_URL_S3: "https://other", AWS_REGION: "other" },
      {
        bucket: "bucket",
        prefix: "p/",
        endpoint: "http://127.0.0.1:9000",
        region: "eu-north-1",
        pathStyle: true,
        cacheBytes: 1_500_000_000,
        shown: "s3://bucket/p at http://127.0.0.1:9000",
      },
    ],
    [
      "s3://bucket",
      {
        AWS_ENDPOINT_URL_S3: "https://s3.example",
        AWS_ENDPOINT_URL: "https://other",
        AWS_REGION: "r1",
        AWS_DEFAULT_REGION: "r2",
      },
      {
        ...none,
        bucket: "bucket",
        endpoint: "https://s3.example",
        region: "r1",
        pathStyle: true,
        shown: "s3://bucket at https://s3.example",
      },
    ],
    [
      "s3://bucket?path-style=false",
      { AWS_ENDPOINT_URL: "https://s3.example", AWS_DEFAULT_REGION: "r2" },
      {
        ...none,
        bucket: "bucket",
        endpoint: "https://s3.example",
        region: "r2",
        shown: "s3://bucket at https://s3.example",
      },
    ],
    [
      "s3://bucket?path-style=true&cache=2TiB",
      { AWS_ENDPOINT_URL_S3: "" },
      { ...none, bucket: "bucket", pathStyle: true, cacheBytes: 2 * 1024 ** 4, shown: "s3://bucket" },
    ],
  ])("%s with %j", (url, env, expected) => {
    expect(parseS3Url(url, env)).toEqual(expected);
  });

  const FORMS = "mend HEADRACE_BLOBS or AWS_ENDPOINT_URL_S3; the page s3 of the manual shows their forms";
  const LEAVE_OUT = "leave them out and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE";

  it.each([
    ["bucket", {}, "the blob store bucket is no address of the form s3://bucket/prefix", FORMS],
    ["https://bucket", {}, "the blob store https://bucket is no address of the form s3://bucket/prefix", FORMS],
    ["s3://bucket#x", {}, "the blob store s3://bucket#x is no address of the form s3://bucket/prefix", FORMS],
    ["s3://", {}, 'the blob store s3:// names no bucket that can be: ""', FORMS],
    ["s3://bucket:9000/x", {}, 'the blob store s3://bucket:9000/x names no bucket that can be: "bucket:9000"', FORMS],
    ["s3://bucket/%zz", {}, "the blob store s3://bucket/%zz has a % that begins no escape", FORMS],
    [
      "s3://bucket?speed=9",
      {},
      "the blob store s3://bucket?speed=9 has the unknown parameter speed; known are endpoint, region, path-style, cache",
      FORMS,
    ],
    [
      "s3://bucket?path-style=yes",
      {},
      "the blob store s3://bucket?path-style=yes has path-style=yes; it is true or false",
      FORMS,
    ],
    [
      "s3://bucket?cache=50",
      {},
      "the blob store s3://bucket?cache=50 has cache=50; it is a size such as 50GB or 200GiB",
      FORMS,
    ],
    [
      "s3://bucket?cache=0GB",
      {},
      "the blob store s3://bucket?cache=0GB has cache=0GB; it is a size such as 50GB or 200GiB",
      FORMS,
    ],
    [
      "s3://bucket",
      { AWS_ENDPOINT_URL_S3: "localhost:9000" },
      "the blob store localhost:9000 is no endpoint of the form https://host:port",
      FORMS,
    ],
    ["s3://KEY:SECRET@bucket/x", {}, "the address of the blob store s3://bucket/x holds credentials", LEAVE_OUT],
    [
      "s3://bucket",
      { AWS_ENDPOINT_URL: "https://KEY:SECRET@host" },
      "the address of the blob store https://host holds credentials",
      LEAVE_OUT,
    ],
    [
      "https://KEY:SECRET@bucket",
      {},
      "the blob store https://bucket is no address of the form s3://bucket/prefix",
      FORMS,
    ],
  ])("refuses %s with %j", (url, env, message, hint) => {
    expect(() => parseS3Url(url, env)).toThrow(
      expect.objectContaining({ code: "HR_BLOBS_UNAVAILABLE", message, hint }),
    );
  });
});
