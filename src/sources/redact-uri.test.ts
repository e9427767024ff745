import { expect, it } from "vitest";
import { redactUri } from "./redact-uri.ts";

/** For the value `part`. */
const HIDDEN = "hidden-37a680133bd0";

it.each([
  ["https://user:secret@host/data.csv", "https://host/data.csv"],
  ["HTTPS://user@host:8080/data.csv#top", "https://host:8080/data.csv"],
  ["https://host/data.csv?version=2&q=a%20b", "https://host/data.csv?version=2&q=a%20b"],
  [
    "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=A&X-Amz-Credential=C&X-Amz-Date=D&X-Amz-Signature=S&versionId=3",
    "https://b.s3.amazonaws.com/k?versionId=3",
  ],
  ["https://storage.googleapis.com/b/k?X-Goog-Signature=S", "https://storage.googleapis.com/b/k"],
  ["https://a.blob.core.windows.net/c/k?sv=1&sig=S", "https://a.blob.core.windows.net/c/k?sv=1"],
  ["https://gitlab.host/f?private_token=S&ref=main&keyword=a", "https://gitlab.host/f?ref=main&keyword=a"],
  ["https://host/f?token=S&api_key=S&apikey=S&client_secret=S&password=S&key=part", `https://host/f?key=${HIDDEN}`],
  [
    "https://host/f?author=a&page_token_count=3&authors=b&tokens=4",
    "https://host/f?author=a&page_token_count=3&authors=b&tokens=4",
  ],
  // A key may have any name; two values stay two addresses.
  ["https://maps.googleapis.com/x?key=part&id=7", `https://maps.googleapis.com/x?key=${HIDDEN}&id=7`],
  ["https://host/f?whatever=part", `https://host/f?whatever=${HIDDEN}`],
  ["https://host/f?whatever=other", "https://host/f?whatever=hidden-d9298a10d1b0"],
  ["https://host/f?raw&dl=1&id=1AbC&n=12345678&verify=true", "https://host/f?raw&dl=1&id=1AbC&n=12345678&verify=true"],
  ["https://host/f?a-key-that-stands-alone", "https://host/f?hidden-764f602ab56e="],
  [
    "https://host/f?a-key-that-stands-alone&response-content-type=",
    "https://host/f?hidden-764f602ab56e=&response-content-type=",
  ],
  ["https://:bad:/x?key=part", "https://:bad:/x?…"],
  ["s3://key:secret@bucket/path@2x.png", "s3://bucket/path@2x.png"],
  ["ftp://bucket/path@2x.png", "ftp://bucket/path@2x.png"],
  ["https://user:secret@:bad:/x", "https://:bad:/x"],
  ["data/a@b.csv", "data/a@b.csv"],
])("%s is shown as %s", (uri, shown) => {
  expect(redactUri(uri)).toBe(shown);
});
