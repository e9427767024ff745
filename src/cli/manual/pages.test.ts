import { describe, expect, it } from "vitest";
import { PLAIN } from "../terminal/style.ts";
import { findPage, manualPages, renderPage } from "./pages.ts";

describe("the manual", () => {
  it("has a title for each page", () => {
    const pages = manualPages();
    expect(pages.length).toBeGreaterThan(20);
    expect(pages.filter(({ title }) => title === "")).toEqual([]);
    expect(pages.map(({ topic }) => topic)).not.toContain("README");
  });

  it.each(["s3", "S3", "s3.md", "docs/s3.md", "./docs/s3.md", "s3.md#credentials"])(
    "finds the page of %s",
    (written) => {
      expect(findPage(written)).toMatchObject({ topic: "s3", title: "Files in S3" });
    },
  );

  it.each([
    ["inptus", "did you mean inputs?"],
    ["../package.json", "`headrace docs` lists the pages"],
  ])("knows no %s", (written, hint) => {
    expect(() => findPage(written)).toThrow(
      expect.objectContaining({ code: "HR_USAGE", message: `the manual has no page "${written}"`, hint }),
    );
  });

  it("shows headings in bold, and comments of code as they are", () => {
    const style = { ...PLAIN, bold: (text: string) => `<${text}>` };
    expect(renderPage("# A\ntext\n```sh\n# no heading\n```\n## B\n", style)).toEqual([
      "<# A>",
      "text",
      "```sh",
      "# no heading",
      "```",
      "<## B>",
    ]);
  });
});
