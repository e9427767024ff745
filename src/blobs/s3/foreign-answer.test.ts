import { expect, it } from "vitest";
import { foreignness } from "./foreign-answer.ts";

const html = { "Content-Type": "text/html; charset=utf-8" };
const page = "a web page came in place of an answer (status 200)";
const noTag = "the answer (status 200) lacks the ETag that S3 gives";

it.each([
  ["PutObjectCommand", 200, { ETag: '"x"' }, undefined],
  ["PutObjectCommand", 200, {}, noTag],
  ["PutObjectCommand", 200, { ...html, ETag: '"x"' }, page],
  ["UploadPartCommand", 200, {}, noTag],
  ["HeadObjectCommand", 200, { "content-length": "5" }, noTag],
  ["GetObjectCommand", 206, { etag: '"x"', "content-type": "text/html", "x-amz-request-id": "1" }, undefined],
  ["GetObjectCommand", 200, { ...html, etag: '"x"' }, page],
  ["ListObjectsV2Command", 200, html, page],
  ["ListObjectsV2Command", 200, { "content-type": "application/xml" }, undefined],
  ["CompleteMultipartUploadCommand", 200, html, page],
  ["DeleteObjectCommand", 204, {}, undefined],
  // Refusals of the server are judged elsewhere, whatever it says them with.
  ["HeadObjectCommand", 404, {}, undefined],
  ["PutObjectCommand", 503, html, undefined],
] as const)("%s answered by %d with %j: %s", (command, statusCode, headers, expected) => {
  expect(foreignness(command, { statusCode, headers: headers as Readonly<Record<string, string>> })).toBe(expected);
});
