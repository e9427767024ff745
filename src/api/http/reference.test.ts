import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod";
import type { RouteContract } from "./contract.ts";
import { withCalls } from "./reference.ts";
import { ROUTES } from "./routes.ts";

test("docs/api.md lists every call with who may make it", () => {
  const page = readFileSync("docs/api.md", "utf8");
  expect(withCalls(page)).toBe(page);
});

test("every call in a project names it in its path, its query or its body, or a thing of it", () => {
  const names = (schema: unknown) => schema instanceof z.ZodObject && "project" in schema.shape;
  for (const { path, access, query, body } of Object.values<RouteContract>(ROUTES)) {
    const isInProject = typeof access === "object" && "project" in access;
    if (!isInProject) expect(path).not.toContain("/:project/");
    else
      expect([path, path.includes("/:project/") || names(query) || names(body) || access.of !== undefined]).toEqual([
        path,
        true,
      ]);
  }
});
