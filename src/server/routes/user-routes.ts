import { checkPassword, hashPassword } from "../../access/index.ts";
import type { TEAMS, USERS } from "../../api/index.ts";
import type { Handlers } from "../call.ts";
import { pageOfList } from "../page-of-list.ts";
import type { ServerParts } from "../server-parts.ts";
import { userView } from "./account-routes.ts";

export function userRoutes({ access }: ServerParts): Handlers<typeof USERS> {
  const { users } = access;
  return {
    listUsers: async ({ query, request }) => {
      const { limit, offset } = query;
      const [count, page] = await Promise.all([users.count(), users.list({ limit, offset })]);
      return pageOfList(request, query, { count, results: page.map(userView) });
    },
    createUser: async ({ body, wish, recordId }) => {
      const { username: name, fullName, email, isAdmin, password } = body;
      if (password !== undefined) checkPassword(password, name);
      const made = recordId === undefined ? undefined : await users.find(recordId);
      if (recordId !== undefined && made?.id === recordId) return userView(made);
      const given = {
        ...(recordId !== undefined && { id: recordId }),
        ...(fullName !== undefined && { fullName }),
        ...(email !== undefined && { email }),
        ...(isAdmin !== undefined && { isAdmin }),
        ...(password !== undefined && { password: await hashPassword(password) }),
      };
      return userView(await users.create({ name, ...given }, wish));
    },
    user: async ({ params }) => userView(await users.require(params.id)),
    changeUser: async ({ params, body, wish }) => {
      const { id } = await users.require(params.id);
      const { fullName, email, isAdmin, isDisabled } = body;
      const change = {
        ...(fullName !== undefined && { fullName }),
        ...(email !== undefined && { email }),
        ...(isAdmin !== undefined && { isAdmin }),
        ...(isDisabled !== undefined && { isDisabled }),
      };
      return userView(await users.update(id, change, wish));
    },
    setUserPassword: async ({ params, body, wish }) => {
      await access.setPassword((await users.require(params.id)).id, body.password, wish);
    },
  };
}

export function teamRoutes({ access }: ServerParts): Handlers<typeof TEAMS> {
  const { teams, users } = access;
  return {
    listTeams: async () => (await teams.list()).map((team) => ({ ...team, members: [...team.members] })),
    createTeam: async ({ body, wish }) => ({ ...(await teams.create(body.name, wish)), members: [] }),
    removeTeam: ({ params, wish }) => teams.remove(params.id, wish),
    addToTeam: async ({ params, wish }) => teams.addUser(params.id, (await users.require(params.user)).id, wish),
    removeFromTeam: async ({ params, wish }) =>
      teams.removeUser(params.id, (await users.require(params.user)).id, wish),
  };
}
