import * as z from "zod";

/** ISO 8601 in UTC, to the millisecond. */
export const time = z.iso.datetime().meta({ title: "time" });
/** From 1: runs and executions of a project share one counter. */
export const number = z.int().positive();
export const count = z.int().nonnegative();
export const seconds = z.number().nonnegative();
export const sizeBytes = count.describe("in bytes");
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const sha256Field = sha256.describe("SHA-256 of the content, in hexadecimal digits");

/** A user of a server, whoever was logged in on the machine, a trigger, or an execution by its own token. */
export const actor = z.string().regex(/^(?:user|local|trigger|execution|rule):./);

export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const parameterValue = z.union([scalar, z.array(scalar)]).meta({ title: "parameter value" });
export const parameters = z.record(z.string(), parameterValue);
export const texts = z.record(z.string(), z.string());
/** Any JSON object that another program wrote. */
export const values = z.record(z.string(), z.unknown());
