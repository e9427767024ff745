import * as z from "zod";
import { shape } from "../shape.ts";
import { contracts } from "./contract.ts";

export const teamSchema = shape("Team", "A team", {
  id: z.string().describe("names it for good"),
  name: z.string().describe("what it is called"),
  members: z.array(z.string()).describe("names of its users"),
});

const byId = z.object({ id: z.string().describe("id or name of the team") });
const ofUser = byId.extend({ user: z.string().describe("id or name of the user") });
const access = { server: "team.manage" } as const;
const tag = "Teams";

export const TEAMS = contracts({
  listTeams: {
    ...{ method: "GET", path: "/api/v0/teams/", access: { server: "user.list" }, tag },
    summary: "List teams by name",
    reply: z.array(teamSchema),
  },
  createTeam: {
    ...{ method: "POST", path: "/api/v0/teams/", access, tag },
    summary: "Make a team",
    body: z.strictObject({ name: z.string() }),
    reply: teamSchema,
    status: 201,
  },
  removeTeam: {
    ...{ method: "DELETE", path: "/api/v0/teams/:id/", access, tag },
    summary: "Remove a team; its users lose what they were by it",
    params: byId,
  },
  addToTeam: {
    ...{ method: "PUT", path: "/api/v0/teams/:id/members/:user/", access, tag },
    summary: "Put a user into a team",
    params: ofUser,
  },
  removeFromTeam: {
    ...{ method: "DELETE", path: "/api/v0/teams/:id/members/:user/", access, tag },
    summary: "Take a user out of a team",
    params: ofUser,
  },
});
