import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AccessRig, WISH } from "./fixtures/access-rig.ts";
import { type ProvidedIdentity, type SignOnPolicy, signOn } from "./sign-on.ts";

const ADA: ProvidedIdentity = {
  ...{ issuer: "https://id.example.org", subject: "42", userName: "ada", email: "ada@example.org" },
  ...{ emailVerified: true, groups: [] },
};
const POLICY: SignOnPolicy = { createUsers: true, domains: [], groups: [], teams: {}, administrators: [] };
const OFFICE: SignOnPolicy = { ...POLICY, administrators: ["office"] };

let rig: AccessRig;

beforeEach(async () => {
  rig = await AccessRig.open();
});
afterEach(() => rig[Symbol.asyncDispose]());

const comesIn = (identity: Partial<ProvidedIdentity> = {}, policy: Partial<SignOnPolicy> = {}) =>
  signOn(rig.access, { ...ADA, ...identity }, { ...POLICY, ...policy }, 2_000);

describe("someone whom a provider has logged in", () => {
  test("becomes a user once, and stays the same one under another name and address", async () => {
    const first = await comesIn();
    expect(first).toMatchObject({ name: "ada", email: "ada@example.org", isAdmin: false });
    expect(await comesIn({ userName: "lovelace", email: "l@example.com" })).toEqual(first);
    expect(await rig.access.users.count()).toBe(1);
  });

  test("has no address here that the provider does not vouch for", async () => {
    expect((await comesIn({ emailVerified: false })).email).toBe("");
  });

  test("is not taken for the user of that name, or of that address", async () => {
    await rig.access.users.create({ name: "Ada", email: "ada@example.org" }, WISH);
    await expect(comesIn()).rejects.toMatchObject({
      code: "HR_CONFLICT",
      message: "there is a user “ada” already, and it is not known to be you",
    });
  });

  test("becomes the user who was invited by an address of a domain that is named, and by no other", async () => {
    const { id } = await rig.access.users.create({ name: "invited", email: "Ada@Example.org" }, WISH);
    expect((await comesIn({ subject: "1", userName: "x" })).id).not.toBe(id);
    const named = { domains: ["example.org"] };
    await expect(comesIn({ subject: "2", emailVerified: false }, named)).rejects.toMatchObject({
      code: "HR_FORBIDDEN",
    });
    expect((await comesIn({ subject: "3" }, named)).id).toBe(id);
  });

  test.each([
    ["jo doe", undefined, "jo-doe"],
    ["Zoë", undefined, "Zoe"],
    [undefined, "jo+x@example.org", "jo+x"],
    ["../admin", undefined, "admin"],
    ["x".repeat(400), undefined, "x".repeat(150)],
  ])("called %s with the address %s is %s here", async (userName, email, name) => {
    const { userName: _, email: __, ...nameless } = ADA;
    const identity = {
      ...nameless,
      ...(userName !== undefined && { userName }),
      ...(email !== undefined && { email }),
    };
    expect((await signOn(rig.access, identity, POLICY, 2_000)).name).toBe(name);
  });

  test.each([
    [{ userName: "漢字" }, {}, "the provider gives your account no name that can be one here"],
    [{}, { createUsers: false }, "nobody of your account at the provider is a user here"],
    [{}, { groups: ["ml"] }, "your account at the provider does not open this server"],
    [{ emailVerified: false }, { domains: ["example.org"] }, "your account at the provider does not open this server"],
    // An address whose end alone is that of the domain.
    [{ email: "ada@notexample.org" }, { domains: ["example.org"] }, "your account at the provider does not open"],
  ])("%j is kept out by %j", async (identity, policy, message) => {
    await expect(comesIn(identity, policy)).rejects.toMatchObject({
      code: "HR_FORBIDDEN",
      message: expect.stringContaining(message),
    });
    expect(await rig.access.users.count()).toBe(0);
  });

  test("stays out once disabled, whatever the provider says", async () => {
    const { id } = await comesIn();
    await rig.access.users.update(id, { isDisabled: true }, WISH);
    await expect(comesIn({ groups: ["office"] }, OFFICE)).rejects.toMatchObject({
      code: "HR_FORBIDDEN",
      message: "the user “ada” has been disabled",
    });
    expect((await rig.access.users.require(id)).isAdmin).toBe(false);
  });

  test("joins and leaves the teams of their groups, and none by a group called as a property of objects is", async () => {
    const { teams } = rig.access;
    await teams.create("research", WISH);
    const policy = { teams: { science: ["research"] } };
    const ada = await comesIn({ groups: ["science", "constructor"] }, policy);
    const members = async () => (await teams.list())[0]?.members;
    expect(await members()).toEqual([ada.name]);
    await comesIn({ groups: [] }, policy);
    expect(await members()).toEqual([]);
  });

  test("is an administrator by a group, and no longer without it; the last one stays", async () => {
    expect((await comesIn({ groups: ["office"] }, OFFICE)).isAdmin).toBe(true);
    // A server without an administrator could be mended by nobody.
    expect((await comesIn({ groups: [] }, OFFICE)).isAdmin).toBe(true);
    await rig.access.users.create({ name: "root", isAdmin: true }, WISH);
    expect((await comesIn({ groups: [] }, OFFICE)).isAdmin).toBe(false);
    // Where no group is named for it, the office is given by hand.
    expect((await comesIn({ subject: "7", userName: "bob", groups: ["office"] })).isAdmin).toBe(false);
  });
});
