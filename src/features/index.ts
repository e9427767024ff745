export { featureColumn, type JoinedView, type JoinOptions, joinQuery } from "./join-query.ts";
