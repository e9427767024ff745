import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AccessRig, WISH } from "../access/fixtures/access-rig.ts";
import { adminWithoutLogin, ensureAdmin } from "./first-admin.ts";

let rig: AccessRig;

beforeEach(async () => {
  rig = await AccessRig.open();
});
afterEach(() => rig[Symbol.asyncDispose]());

const login = (password: string) =>
  rig.access.beginSession({ ...{ name: "admin", password, address: "10.0.0.1", agent: "x" }, now: 2_000 });
const withoutLogin = () => adminWithoutLogin(rig.access, rig.database.installation);

describe("the first administrator of a server", () => {
  test("is made by one of several servers that start at once, which tells the password", async () => {
    const made = await Promise.all([1, 2, 3].map((at) => ensureAdmin(rig.access, undefined, at)));
    const told = made.filter((each) => each !== undefined);
    expect(told).toHaveLength(1);
    expect(await rig.access.users.count()).toBe(1);
    expect((await login(told[0]?.password ?? "")).user).toMatchObject({ name: "admin", isAdmin: true });
  });

  test("has the password that was given, which nobody is told again", async () => {
    expect(await ensureAdmin(rig.access, "a long enough secret", 1)).toBeUndefined();
    expect((await login("a long enough secret")).user.name).toBe("admin");
  });

  test("is not made with a password that is easy to guess, nor beside other users", async () => {
    await expect(ensureAdmin(rig.access, "admin", 1)).rejects.toMatchObject({ code: "HR_USAGE" });
    expect(await rig.access.users.count()).toBe(0);
    await rig.access.users.create({ name: "ada" }, WISH);
    expect(await ensureAdmin(rig.access, undefined, 1)).toBeUndefined();
    expect(await rig.access.users.find("admin")).toBeUndefined();
  });

  test("is named as unused until somebody logs in, sets a password, or is made beside them", async () => {
    expect(await withoutLogin()).toBeUndefined();
    const made = await ensureAdmin(rig.access, undefined, 1);
    expect(await withoutLogin()).toBe("admin");
    await login(made?.password ?? "");
    expect(await withoutLogin()).toBeUndefined();
  });
});
