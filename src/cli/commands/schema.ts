import type { Command } from "commander";
import { oneOf } from "../arguments/values.ts";
import { type Cli, toJson } from "../cli.ts";
import { withExamples } from "../examples.ts";

const SCHEMAS = ["config", "json"] as const;

export function addSchema(program: Command, cli: Cli): void {
  const command = program
    .command("schema")
    .description("the JSON Schema of valohai.yaml for editors, or of the JSON that commands print")
    .argument("[document]", SCHEMAS.join(", "), oneOf("document", SCHEMAS), "config")
    .action(async (document: (typeof SCHEMAS)[number]) => {
      cli.out.lines([toJson(await schemaOf(document))]);
    });
  withExamples(command, [
    ["headrace schema > valohai.schema.json", "then name it in your editor's YAML settings"],
    ["headrace schema json > headrace.schema.json", "of everything that --json prints"],
  ]);
}

async function schemaOf(document: (typeof SCHEMAS)[number]): Promise<object> {
  return document === "json"
    ? (await import("../../api/index.ts")).jsonSchemas()
    : (await import("../../config/index.ts")).configJsonSchema();
}
