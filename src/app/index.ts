export type * from "./project.ts";
export type * from "./views.ts";
