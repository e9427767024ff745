import { answered, entriesOf } from "./answers.ts";
import { type Deed, wrongUnless } from "./ledger.ts";

/** Adds a user, renames and disables them. */
export const addUser: Deed = async ({ client, name, below }) => {
  const username = name();
  const { id } = answered(await client.call("/users/", { method: "POST", key: name(), body: { username } }), 201);
  const change = { fullName: `${username} ${below(1_000)}`, isDisabled: below(2) === 1 };
  answered(await client.call(`/users/${id}/`, { method: "PATCH", body: change }), 200);
  return {
    what: `user ${username}`,
    check: async (later) => {
      const found = (await entriesOf(later, "/users/")).filter((user) => user.username === username);
      const query = `?action=user.create&subject=user:${id}`;
      const audit = answered(await later.call(`/audit/${query}`), 200).items.length;
      return [
        ...wrongUnless(
          found.length === 1 && found[0]?.id === id,
          () => `user ${username} is there ${found.length} times`,
        ),
        ...wrongUnless(
          found[0]?.fullName === change.fullName && (found[0]?.disabledAt !== null) === change.isDisabled,
          () => `user ${username} is not as they were changed: ${JSON.stringify(found[0])}`,
        ),
        ...wrongUnless(audit === 1, () => `the audit log has the user ${username} ${audit} times`),
      ];
    },
  };
};

/** Makes a token; one whose text was lost with its answer is revoked. */
export const makeToken: Deed = async ({ client, name }) => {
  const wanted = name();
  const answer = await client.call("/users/me/tokens/", { method: "POST", key: name(), body: { name: wanted } });
  if (answer.status !== 201 && answer.status !== 409) answered(answer, 201);
  const listed = async (later: typeof client) =>
    (answered(await later.call("/users/me/tokens/"), 200) as { id: string; name: string }[]).filter(
      (token) => token.name === wanted,
    );
  if (answer.status === 409)
    for (const { id } of await listed(client)) await client.call(`/users/me/tokens/${id}/`, { method: "DELETE" });
  return {
    what: `token ${wanted}`,
    check: async (later) => {
      const found = await listed(later);
      if (answer.status === 409)
        return wrongUnless(found.length === 0, () => `the revoked token ${wanted} is there ${found.length} times`);
      const me = await fetch(`${later.next()}/api/v0/users/me/`, {
        headers: { authorization: `Token ${answer.json.token}` },
      });
      return [
        ...wrongUnless(found.length === 1, () => `token ${wanted} is there ${found.length} times`),
        ...wrongUnless(me.status === 200, () => `the token ${wanted} that was answered opens nothing: ${me.status}`),
      ];
    },
  };
};

/** Makes a project; removes every second one. */
export const makeProject: Deed = async ({ client, name, below }) => {
  const wanted = name();
  const { id } = answered(
    await client.call("/projects/", { method: "POST", key: name(), body: { name: wanted } }),
    201,
  );
  const isRemoved = below(2) === 1;
  if (isRemoved) {
    const { status, text } = await client.call(`/projects/${id}/`, { method: "DELETE" });
    if (status !== 204 && status !== 404) throw new Error(`project ${wanted} is not removed: ${status} ${text}`);
  }
  return {
    what: `project ${wanted}`,
    check: async (later) => {
      const found = (await entriesOf(later, "/projects/")).filter((project) => project.name === wanted);
      if (isRemoved) return wrongUnless(found.length === 0, () => `the removed project ${wanted} is there`);
      const isOwn = found[0]?.id === id && found[0]?.role === "admin";
      const members = answered(await later.call(`/projects/${id}/members/`), 200) as readonly { role: string }[];
      return [
        ...wrongUnless(found.length === 1 && isOwn, () => `project ${wanted} became ${JSON.stringify(found)}`),
        ...wrongUnless(members[0]?.role === "admin", () => `project ${wanted} belongs to nobody`),
      ];
    },
  };
};

/** Sets a variable again and again, plain or secret; the last value counts. */
export const setVariable: Deed = async ({ client, project, name, below, secrets }) => {
  const variable = `V_${name().replaceAll(/\W/g, "_").toUpperCase()}`;
  const secret = below(2) === 1;
  let value = "";
  for (let times = 1 + below(3); times > 0; times--) {
    value = `value-${crypto.randomUUID()}`;
    if (secret) secrets.push(value);
    const body = { name: variable, value, secret };
    answered(await client.call(`/projects/${project}/variables/`, { method: "PUT", body }), 200);
  }
  // A run that was planned with a secret fails without it.
  const isRemoved = !secret && below(3) === 0;
  if (isRemoved) await client.call(`/projects/${project}/variables/${variable}/`, { method: "DELETE" });
  return {
    what: `variable ${variable}`,
    check: async (later) => {
      const groups = answered(await later.call(`/projects/${project}/variables/`), 200) as {
        name: string | null;
        variables: { name: string; value: string | null; secret: boolean }[];
      }[];
      const found =
        groups.find((group) => group.name === null)?.variables.filter((each) => each.name === variable) ?? [];
      if (isRemoved) return wrongUnless(found.length === 0, () => `the removed variable ${variable} is there`);
      const wanted = secret ? null : value;
      return wrongUnless(
        found.length === 1 && found[0]?.value === wanted && found[0]?.secret === secret,
        () => `variable ${variable} became ${JSON.stringify(found)}`,
      );
    },
  };
};
