import { randomBytes } from "node:crypto";
import { type Access, checkPassword, hashPassword, RefusedUserChange } from "../access/index.ts";
import type { InstallationStore } from "../store/index.ts";

const NAME = "admin";

/**
 * Makes the administrator of a server that has no users yet. Returns the password that was made for them; undefined
 * where there are users, or the password was given.
 */
export async function ensureAdmin(
  { users }: Access,
  given: string | undefined,
  at: number,
): Promise<{ readonly name: string; readonly password: string } | undefined> {
  if ((await users.count()) > 0) return undefined;
  const isGiven = given !== undefined && given !== "";
  const password = isGiven ? given : randomBytes(18).toString("base64url");
  if (isGiven) checkPassword(password, NAME);
  try {
    await users.create(
      { name: NAME, isAdmin: true, password: await hashPassword(password) },
      { actor: "local:server", at },
    );
  } catch (error) {
    // Another server on the same database was first.
    if (error instanceof RefusedUserChange && error.why === "name-taken") return undefined;
    throw error;
  }
  return isGiven ? undefined : { name: NAME, password };
}

/**
 * The name of the administrator whom a former start made, while there is no other user and nobody has come in as them:
 * that start may have been killed before it told the password.
 */
export async function adminWithoutLogin(
  { users }: Access,
  { audit }: Pick<InstallationStore, "audit">,
): Promise<string | undefined> {
  const [admin, ...others] = await users.list({ limit: 2 });
  if (admin?.name !== NAME || others.length > 0) return undefined;
  const subject = { kind: "user", id: admin.id };
  const [logins, passwords] = await Promise.all([
    audit.list({ afterId: 0, limit: 1, actor: `user:${NAME}` }),
    audit.list({ afterId: 0, limit: 1, action: "user.password", subject }),
  ]);
  return logins.length + passwords.length > 0 ? undefined : admin.name;
}
