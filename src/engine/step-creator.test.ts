import { describe, expect, test } from "vitest";
import { creatorName, creatorOf } from "./step-creator.ts";

const ADA = { id: "u-1", name: "ada", email: "ada@example.org" };
const findUser = async (name: string) => [ADA, { ...ADA, name: "bob", email: "" }].find((user) => user.name === name);

describe("the creator of a run, as its steps are told", () => {
  test.each([
    ["user:ada", { id: "u-1", name: "ada", email: "ada@example.org" }],
    ["user:bob", { id: "u-1", name: "bob" }],
    ["user:gone", { id: "user:gone", name: "gone" }],
    // A login name of the machine is no user of the server, whoever has that name there.
    ["local:ada", { id: "local:ada", name: "ada" }],
    ["execution:0190-a", { id: "execution:0190-a", name: "0190-a" }],
  ] as const)("%s", async (actor, creator) => {
    expect(await creatorOf({ findUser }, { actor })).toEqual(creator);
  });

  test("is nobody in runs of early versions", async () => {
    expect(await creatorOf({ findUser }, {})).toBeUndefined();
    expect(creatorName({})).toBeUndefined();
  });

  test("has a name where there is no server, or where the server's users cannot be read", async () => {
    expect(await creatorOf({}, { actor: "user:ada" })).toEqual({ id: "user:ada", name: "ada" });
    const broken = async () => await Promise.reject(new Error("gone"));
    await expect(creatorOf({ findUser: broken }, { actor: "user:ada" })).rejects.toThrow("gone");
  });
});
