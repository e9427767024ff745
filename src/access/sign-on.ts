import { HeadraceError } from "../errors.ts";
import type { Wish } from "../store/index.ts";
import { RefusedUserChange } from "./refused-user-change.ts";
import type { TeamRepository } from "./teams.ts";
import type { UserRecord, UserRepository } from "./users.ts";

/** The facts that a provider tells of a user who has logged in there. */
export interface ProvidedIdentity {
  readonly issuer: string;
  /** The provider's own name of the person; it alone says who it is, since all else may change hands. */
  readonly subject: string;
  readonly userName?: string;
  readonly fullName?: string;
  readonly email?: string;
  /** The provider has seen that the address is the person's. */
  readonly emailVerified: boolean;
  readonly groups: readonly string[];
}

/** The users whom a provider lets in, and the roles that they get. */
export interface SignOnPolicy {
  /** Makes a user of whoever comes for the first time. */
  readonly createUsers: boolean;
  /** Only verified addresses in these domains are let in; none: all. */
  readonly domains: readonly string[];
  /** Only those in one of these groups are let in; none: all. */
  readonly groups: readonly string[];
  /** Teams of those in a group. */
  readonly teams: Readonly<Record<string, readonly string[]>>;
  /** Groups whose people are administrators of the server, and nobody else is; none: that is set by hand. */
  readonly administrators: readonly string[];
}

/**
 * The user of an identity. An identity is known by the issuer and its subject. One that is not known is never taken for
 * a user who can come in already: whoever could choose an address or a name at the provider would take that user over.
 * It becomes the user whom an administrator has invited by its verified address, or a new one. Throws HR_FORBIDDEN for
 * whoever is not let in, HR_CONFLICT where the name of a new user is taken.
 */
export async function signOn(
  { users, teams }: { readonly users: UserRepository; readonly teams: TeamRepository },
  identity: ProvidedIdentity,
  policy: SignOnPolicy,
  at: number,
): Promise<UserRecord> {
  requireAdmission(identity, policy);
  const { issuer, subject } = identity;
  const user =
    (await users.findByIdentity(issuer, subject)) ??
    (await invited(users, identity, policy)) ??
    (await newUser(users, identity, policy, at));
  if (user.disabledAt !== undefined)
    throw new HeadraceError("HR_FORBIDDEN", `the user “${user.name}” has been disabled`, {
      hint: "ask an administrator of the server",
    });
  const wish: Wish = { actor: `user:${user.name}`, at };
  await users.addIdentity({ issuer, subject, userId: user.id }, wish);
  await teams.follow(user.id, teamsOf(identity, policy), wish);
  return followOffice(users, user, { identity, policy, wish });
}

function requireAdmission({ email, emailVerified, groups }: ProvidedIdentity, policy: SignOnPolicy): void {
  const isOfDomain =
    policy.domains.length === 0 || (email !== undefined && emailVerified && policy.domains.includes(domainOf(email)));
  const isOfGroup = policy.groups.length === 0 || policy.groups.some((group) => groups.includes(group));
  if (isOfDomain && isOfGroup) return;
  throw new HeadraceError("HR_FORBIDDEN", "your account at the provider does not open this server", {
    hint: isOfDomain
      ? "ask an administrator for a group that does"
      : "log in there with a verified address of your organisation",
  });
}

/** An address that nobody vouches for invites nobody, nor one of a domain in which anybody may have one. */
async function invited(
  users: UserRepository,
  { email, emailVerified }: ProvidedIdentity,
  { domains }: SignOnPolicy,
): Promise<UserRecord | undefined> {
  if (email === undefined || !emailVerified || !domains.includes(domainOf(email))) return undefined;
  return users.findInvited(email);
}

async function newUser(
  users: UserRepository,
  identity: ProvidedIdentity,
  { createUsers }: SignOnPolicy,
  at: number,
): Promise<UserRecord> {
  const name = nameOf(identity);
  if (!createUsers)
    throw new HeadraceError("HR_FORBIDDEN", "nobody of your account at the provider is a user here", {
      hint: "ask an administrator to invite your address",
    });
  if ((await users.find(name)) !== undefined)
    throw new HeadraceError("HR_CONFLICT", `there is a user “${name}” already, and it is not known to be you`, {
      hint: "log in as that user and connect your account there, or ask an administrator",
    });
  const { issuer, subject, fullName = "", email = "", emailVerified } = identity;
  return users.create(
    { name, fullName: fullName.slice(0, 200), email: emailVerified ? email : "", identity: { issuer, subject } },
    { actor: `user:${name}`, at },
  );
}

/** As names are here; what a provider calls a person may have any sign in it. */
function nameOf({ userName, email, subject }: ProvidedIdentity): string {
  const wanted = userName ?? email?.split("@")[0] ?? subject;
  const name = wanted
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9._@+-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "");
  if (name !== "") return name.slice(0, 150);
  throw new HeadraceError("HR_FORBIDDEN", "the provider gives your account no name that can be one here", {
    hint: "ask an administrator to invite your address",
  });
}

function teamsOf({ groups }: ProvidedIdentity, { teams }: SignOnPolicy): readonly string[] {
  // A group may be called `constructor`.
  return [...new Set(groups.flatMap((group) => (Object.hasOwn(teams, group) ? (teams[group] ?? []) : [])))];
}

async function followOffice(
  users: UserRepository,
  user: UserRecord,
  {
    identity: { groups },
    policy: { administrators },
    wish,
  }: { readonly identity: ProvidedIdentity; readonly policy: SignOnPolicy; readonly wish: Wish },
): Promise<UserRecord> {
  const isAdmin = administrators.some((group) => groups.includes(group));
  if (administrators.length === 0 || isAdmin === user.isAdmin) return user;
  try {
    return await users.update(user.id, { isAdmin }, wish);
  } catch (error) {
    // The last administrator stays one: a change at the provider must not leave the server without any.
    if (error instanceof RefusedUserChange && error.why === "only-administrator") return user;
    throw error;
  }
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf("@") + 1).toLowerCase();
}
