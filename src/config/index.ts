export { type BuildCommandOptions, buildCommand } from "./command/build-command.ts";
export { joinCommand } from "./command/join-command.ts";
export type * from "./diagnostic.ts";
export { type DurationResult, parseDuration } from "./duration.ts";
export type * from "./model.ts";
export { type ParameterValueResult, parseParameterValue, validateParameterValue } from "./parameter-value.ts";
export { shellQuote } from "./shell-quote.ts";
