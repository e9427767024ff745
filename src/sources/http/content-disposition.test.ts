import fc from "fast-check";
import { expect, it } from "vitest";
import { nameInDisposition } from "./content-disposition.ts";

it.each([
  [undefined, undefined],
  ["inline", undefined],
  ["attachment", undefined],
  ["attachment; filename=data.csv", "data.csv"],
  ['attachment; filename="my data.csv"', "my data.csv"],
  ['ATTACHMENT;FILENAME="data.csv";size=3', "data.csv"],
  ['attachment; filename="a\\"b.csv"', 'a"b.csv'],
  ['attachment; filename="semi;colon=1.csv"', "semi;colon=1.csv"],
  ["attachment; filename=old.csv; filename*=UTF-8''na%C3%AFve.csv", "naïve.csv"],
  ["attachment; filename*=utf-8'en'%e6%95%b0.csv", "数.csv"],
  ["attachment; filename*=iso-8859-1''na%EFve.csv", "naïve.csv"],
  ["attachment; filename*=koi8-r''x.csv; filename=data.csv", "data.csv"],
  ["attachment; filename*=broken; filename=data.csv", "data.csv"],
  [`attachment; filename="${Buffer.from("naïve.csv").toString("latin1")}"`, "naïve.csv"],
  ['attachment; filename="na\u00efve.csv"', "naïve.csv"],
  ['attachment; filename="../../etc/passwd"', "passwd"],
  ["attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"],
  ["attachment; filename*=UTF-8''%00..", undefined],
  ['attachment; filename=".."', undefined],
  ['attachment; filename=""', undefined],
])("%j names %j", (header, name) => {
  expect(nameInDisposition(header)).toBe(name);
});

it("never names anything but a file in the same folder", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60 }),
      fc.constantFrom("filename=", 'filename="', "filename*=UTF-8''"),
      (text, start) => {
        expect(nameInDisposition(`attachment; ${start}${text}`) ?? "ok").not.toMatch(/[/\\\0]|^\.{0,2}$/);
      },
    ),
  );
});
