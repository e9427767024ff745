import { userInfo } from "node:os";
import { expect, test } from "vitest";
import { ownerOf, projectIdentity } from "./project-facts.ts";

test("a folder is one project, owned by whoever runs it", () => {
  const one = projectIdentity("/home/ada/flights");
  expect(one).toEqual(projectIdentity("/home/ada/flights"));
  expect(one).toMatchObject({ name: "flights", owner: ownerOf(userInfo().username) });
  expect(projectIdentity("/home/ada/other").id).not.toBe(one.id);
  expect(projectIdentity("/").name).toBe("project");
});

test.each([
  ["ada", "ada"],
  ["Ada.Lovelace", "ada.lovelace"],
  ["CORP\\ada", "corp-ada"],
  ["ada/lovelace@corp", "ada-lovelace-corp"],
  ["José", "jose"],
  ["..", "user"],
  ["", "user"],
  ["анна", "user"],
])("%j as an owner is %j", (login, owner) => {
  expect(ownerOf(login)).toBe(owner);
});
