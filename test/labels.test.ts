import { expect, test } from "vitest";
import { ProjectRig } from "./rig.ts";

test("a title, tags and a note are written on a run after it has ended", async () => {
  const step = "- step: {name: hello, image: x, environment: local, command: echo hello}\n";
  await using project = new ProjectRig({ "valohai.yaml": step });
  await project.json(0, "run", "hello", "--tag", "draft");
  const shown = async (...args: readonly string[]) => (await project.headrace(...args)).stdout;

  expect(await shown("title", "1", "a better one")).toBe("✓ run 1 hello: a better one\n");
  expect(await shown("tag", "latest", "baseline", "--remove", "draft")).toBe("✓ run 1 hello: [baseline]\n");
  expect(await shown("note", "1.hello", "first line\nsecond")).toBe("✓ run 1 hello has a new note\n");
  expect(await shown("note", "1")).toBe("first line\nsecond\n");
  const info = await shown("info", "1");
  for (const text of ["a better one", "baseline", "first line"]) expect(info).toContain(text);
  expect(await project.json(0, "ls", "--tag", "baseline")).toMatchObject([
    { number: 1, title: "a better one", tags: ["baseline"] },
  ]);
  expect(await project.json(0, "ls", "--tag", "draft")).toEqual([]);

  expect(await shown("title", "1", "")).toBe("✓ run 1 hello has no title\n");
  expect(await shown("tag", "1", "--remove", "baseline")).toBe("✓ run 1 hello has no tags\n");
  expect(await shown("note", "1", "")).toBe("✓ run 1 hello has no note\n");
  expect(await shown("note", "1")).toBe("No note.\n");
  expect(await project.headrace("tag", "1")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no tag is named"),
  });
  expect(await project.headrace("title", "7", "x")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("there is no run or execution 7"),
  });
  expect((await project.headrace("title", "1", "x".repeat(1001))).stderr).toContain(
    "the title has 1001 characters, at most 1000 are kept",
  );
});
